# ruff: noqa
# pyright: basic, reportPrivateImportUsage=false, reportAttributeAccessIssue=false, reportOperatorIssue=false, reportArgumentType=false, reportCallIssue=false, reportIndexIssue=false, reportOptionalMemberAccess=false, reportReturnType=false
"""Answers to the exercises of chapter 06 as students give them: right ones, and wrong ones with what is wrong."""

import math

import torch
import torch.nn as nn
import torch.nn.functional as F
from einops import einsum, rearrange, reduce, repeat

from ._answer import right, wrong


def _random_masking(tokens, ratio, noise):
    """What 06.1 makes, as 06.4 calls it."""
    count = int(tokens.shape[1] * (1 - ratio))
    ids_shuffle = noise.argsort(1)
    ids_restore = ids_shuffle.argsort(1)
    visible = tokens.take_along_dim(ids_shuffle[:, :count, None], 1)
    return visible, ids_restore >= count, ids_restore


# 06.1: random_masking(tokens, ratio, noise)


@right("06.1")
def _(tokens, ratio, noise):
    B, N, D = tokens.shape
    V = int(N * (1 - ratio))
    ids_shuffle = torch.argsort(noise, dim=1)
    ids_restore = torch.argsort(ids_shuffle, dim=1)
    visible = torch.gather(tokens, 1, ids_shuffle[:, :V].unsqueeze(-1).expand(-1, -1, D))
    mask = torch.ones(B, N, dtype=torch.bool, device=tokens.device)
    mask[:, :V] = False
    return visible, mask.gather(1, ids_restore), ids_restore


@right("06.1")
def _(tokens, ratio, noise):
    order = noise.argsort(-1)
    place = order.argsort(-1)
    V = int(tokens.size(1) * (1 - ratio))
    return tokens.take_along_dim(order[:, :V, None], dim=1), place >= V, place


@right("06.1")
def _(tokens, ratio, noise):
    B, N, _ = tokens.shape
    V = int(N * (1 - ratio))
    visible, mask = [], torch.ones(B, N, dtype=torch.bool)
    ids_restore = torch.zeros(B, N, dtype=torch.long)
    for b in range(B):
        order = sorted(range(N), key=lambda n: noise[b, n].item())
        for place, n in enumerate(order):
            ids_restore[b, n] = place
            if place < V:
                mask[b, n] = False
        visible.append(tokens[b, order[:V]])
    return torch.stack(visible), mask, ids_restore


@right("06.1")
def _(tokens, ratio, noise):
    B, N = noise.shape
    V = int(N * (1 - ratio))
    rows = torch.arange(B)[:, None]
    order = noise.sort(dim=1).indices
    ids_restore = torch.empty_like(order)
    ids_restore[rows, order] = torch.arange(N).expand(B, N)
    return tokens[rows, order[:, :V]], ids_restore >= V, ids_restore


@right("06.1")
def _(tokens, ratio, noise):
    B, N, D = tokens.shape
    V = int(N * (1 - ratio))
    order = noise.topk(N, dim=1, largest=False, sorted=True).indices
    keep = order[:, :V]
    mask = torch.full((B, N), True).scatter(1, keep, False)
    ids_restore = torch.zeros_like(order).scatter_(1, order, repeat(torch.arange(N), "n -> b n", b=B))
    return tokens.gather(1, repeat(keep, "b v -> b v d", d=D)), mask, ids_restore


@right("06.1")
def _(tokens, ratio, noise):
    # the place of a token is how many have a smaller noise
    place = (noise[:, None, :] < noise[:, :, None]).sum(-1)
    V = int(noise.shape[1] * (1 - ratio))
    pick = place[:, None, :] == torch.arange(V)[None, :, None]
    return einsum(pick.to(tokens.dtype), tokens, "b v n, b n d -> b v d"), place >= V, place


@right("06.1")
def _(tokens, ratio, noise):
    V = int(tokens.shape[1] * (1 - ratio))
    seen, covered = noise.argsort(1).tensor_split([V], dim=1)
    ids_restore = torch.cat([seen, covered], 1).argsort(1)
    mask = torch.zeros_like(noise, dtype=torch.bool)
    mask.scatter_(1, covered, True)
    return torch.stack([t[i] for t, i in zip(tokens, seen)]), mask, ids_restore


@right("06.1")
def _(tokens, ratio, noise):
    B, N, D = tokens.shape
    V = int(N * (1 - ratio))
    order = noise.argsort(1)
    flat = (order[:, :V] + N * torch.arange(B)[:, None]).flatten()
    visible = rearrange(rearrange(tokens, "b n d -> (b n) d").index_select(0, flat), "(b v) d -> b v d", b=B)
    ids_restore = order.argsort(1)
    return visible, ~(ids_restore < V), ids_restore


@right("06.1")
def _(tokens, ratio, noise):
    # all tokens are sorted; the first V of them are visible
    N = tokens.shape[1]
    V = int(N * (1 - ratio))
    order = noise.argsort(dim=1)
    ordered = torch.vmap(lambda t, i: t[i])(tokens, order)
    back = order.argsort(dim=1)
    return ordered[:, :V], back.ge(V), back


@right("06.1")
def _(tokens, ratio, noise):
    # one picture at a time
    V = int(tokens.shape[1] * (1 - ratio))
    answers = []
    for t, r in zip(tokens, noise):
        s = torch.argsort(r)
        back = torch.argsort(s)
        answers.append((t[s[:V]], back >= V, back))
    return tuple(torch.stack(part) for part in zip(*answers))


@wrong("06.1", "the tokens with the largest noise stay")
def _(tokens, ratio, noise):
    V = int(tokens.shape[1] * (1 - ratio))
    order = noise.argsort(1, descending=True)
    back = order.argsort(1)
    return tokens.take_along_dim(order[:, :V, None], 1), back >= V, back


@wrong("06.1", "mask inverted: True where visible")
def _(tokens, ratio, noise):
    V = int(tokens.shape[1] * (1 - ratio))
    order = noise.argsort(1)
    back = order.argsort(1)
    return tokens.take_along_dim(order[:, :V, None], 1), back < V, back


@wrong("06.1", "ids_shuffle is returned in place of ids_restore")
def _(tokens, ratio, noise):
    V = int(tokens.shape[1] * (1 - ratio))
    order = noise.argsort(1)
    back = order.argsort(1)
    return tokens.take_along_dim(order[:, :V, None], 1), back >= V, order


@wrong("06.1", "visible tokens in the order of the picture, not of their noise")
def _(tokens, ratio, noise):
    B, N, D = tokens.shape
    V = int(N * (1 - ratio))
    back = noise.argsort(1).argsort(1)
    mask = back >= V
    return tokens[~mask].view(B, V, D), mask, back


@wrong("06.1", "the ratio is what stays, not what is covered")
def _(tokens, ratio, noise):
    V = int(tokens.shape[1] * ratio)
    order = noise.argsort(1)
    back = order.argsort(1)
    return tokens.take_along_dim(order[:, :V, None], 1), back >= V, back


@wrong("06.1", "V is rounded up")
def _(tokens, ratio, noise):
    V = math.ceil(tokens.shape[1] * (1 - ratio))
    order = noise.argsort(1)
    back = order.argsort(1)
    return tokens.take_along_dim(order[:, :V, None], 1), back >= V, back


@wrong("06.1", "V as N less int(N · ratio), which rounds up what stays")
def _(tokens, ratio, noise):
    N = tokens.shape[1]
    V = N - int(N * ratio)
    order = noise.argsort(1)
    back = order.argsort(1)
    return tokens.take_along_dim(order[:, :V, None], 1), back >= V, back


@wrong("06.1", "the mask in the order of the noise: it is not brought back to the picture")
def _(tokens, ratio, noise):
    B, N, D = tokens.shape
    V = int(N * (1 - ratio))
    order = noise.argsort(1)
    mask = torch.ones(B, N, dtype=torch.bool)
    mask[:, :V] = False
    return tokens.take_along_dim(order[:, :V, None], 1), mask, order.argsort(1)


@wrong("06.1", "the mask is brought back with ids_shuffle in place of ids_restore")
def _(tokens, ratio, noise):
    B, N, D = tokens.shape
    V = int(N * (1 - ratio))
    order = noise.argsort(1)
    mask = torch.ones(B, N, dtype=torch.bool)
    mask[:, :V] = False
    return tokens.take_along_dim(order[:, :V, None], 1), mask.gather(1, order), order.argsort(1)


@wrong("06.1", "the mask is of numbers 0 and 1, not bool")
def _(tokens, ratio, noise):
    B, N, D = tokens.shape
    V = int(N * (1 - ratio))
    order = noise.argsort(1)
    back = order.argsort(1)
    mask = torch.ones(B, N)
    mask[:, :V] = 0
    return tokens.gather(1, order[:, :V, None].repeat(1, 1, D)), mask.gather(1, back), back


@wrong("06.1", "ids_restore is int32")
def _(tokens, ratio, noise):
    V = int(tokens.shape[1] * (1 - ratio))
    order = noise.argsort(1)
    back = order.argsort(1)
    return tokens.take_along_dim(order[:, :V, None], 1), back >= V, back.int()


@wrong("06.1", "sorted along the batch, not along the tokens")
def _(tokens, ratio, noise):
    V = int(tokens.shape[1] * (1 - ratio))
    order = noise.argsort(0)
    back = order.argsort(0)
    return tokens.take_along_dim(order[:, :V, None], 1), back >= V, back


@wrong("06.1", "gather without expand: only the first number of each token")
def _(tokens, ratio, noise):
    V = int(tokens.shape[1] * (1 - ratio))
    order = noise.argsort(1)
    back = order.argsort(1)
    return tokens.gather(1, order[:, :V, None]), back >= V, back


@wrong("06.1", "one order for all pictures: the first picture's")
def _(tokens, ratio, noise):
    V = int(tokens.shape[1] * (1 - ratio))
    order = noise[0].argsort()
    back = order.argsort().expand(len(tokens), -1)
    return tokens[:, order[:V]], back >= V, back


@wrong("06.1", "tokens are picked with ids_restore in place of ids_shuffle")
def _(tokens, ratio, noise):
    V = int(tokens.shape[1] * (1 - ratio))
    back = noise.argsort(1).argsort(1)
    return tokens.take_along_dim(back[:, :V, None], 1), back >= V, back


@wrong("06.1", "new noise is drawn: the given one is not used")
def _(tokens, ratio, noise):
    noise = torch.rand_like(noise)
    V = int(tokens.shape[1] * (1 - ratio))
    order = noise.argsort(1)
    back = order.argsort(1)
    return tokens.take_along_dim(order[:, :V, None], 1), back >= V, back


@wrong("06.1", "no gradient reaches the tokens: no_grad around all of it")
def _(tokens, ratio, noise):
    with torch.no_grad():
        V = int(tokens.shape[1] * (1 - ratio))
        order = noise.argsort(1)
        back = order.argsort(1)
        return tokens.take_along_dim(order[:, :V, None], 1), back >= V, back


@wrong("06.1", "covered tokens are set to 0, but not left out")
def _(tokens, ratio, noise):
    V = int(tokens.shape[1] * (1 - ratio))
    back = noise.argsort(1).argsort(1)
    mask = back >= V
    return tokens.masked_fill(mask[..., None], 0), mask, back


@wrong("06.1", "mask and ids_restore change places")
def _(tokens, ratio, noise):
    V = int(tokens.shape[1] * (1 - ratio))
    order = noise.argsort(1)
    back = order.argsort(1)
    return tokens.take_along_dim(order[:, :V, None], 1), back, back >= V


@wrong("06.1", "the mask from noise against the ratio: as many as it happens to be")
def _(tokens, ratio, noise):
    V = int(tokens.shape[1] * (1 - ratio))
    order = noise.argsort(1)
    return tokens.take_along_dim(order[:, :V, None], 1), noise > 1 - ratio, order.argsort(1)


@wrong("06.1", "off by one: the place V is covered too")
def _(tokens, ratio, noise):
    V = int(tokens.shape[1] * (1 - ratio))
    order = noise.argsort(1)
    back = order.argsort(1)
    return tokens.take_along_dim(order[:, :V, None], 1), back > V, back


@wrong("06.1", "the mask from ids_shuffle in place of ids_restore")
def _(tokens, ratio, noise):
    V = int(tokens.shape[1] * (1 - ratio))
    order = noise.argsort(1)
    return tokens.take_along_dim(order[:, :V, None], 1), order >= V, order.argsort(1)


@wrong("06.1", "the covered tokens are returned, not the visible ones")
def _(tokens, ratio, noise):
    V = int(tokens.shape[1] * (1 - ratio))
    order = noise.argsort(1)
    back = order.argsort(1)
    return tokens.take_along_dim(order[:, V:, None], 1), back >= V, back


@wrong("06.1", "index without rows: each picture with every picture's order")
def _(tokens, ratio, noise):
    V = int(tokens.shape[1] * (1 - ratio))
    order = noise.argsort(1)
    back = order.argsort(1)
    return tokens[:, order[:, :V]], back >= V, back


@wrong("06.1", "mask[:, keep] uncovers in each picture what any picture keeps")
def _(tokens, ratio, noise):
    V = int(tokens.shape[1] * (1 - ratio))
    order = noise.argsort(1)
    mask = torch.ones_like(noise, dtype=torch.bool)
    mask[:, order[:, :V]] = False
    return tokens.take_along_dim(order[:, :V, None], 1), mask, order.argsort(1)


@wrong("06.1", "ids_restore as if the list were in the picture's order")
def _(tokens, ratio, noise):
    V = int(tokens.shape[1] * (1 - ratio))
    order = noise.argsort(1)
    mask = order.argsort(1) >= V
    back = mask.int().argsort(dim=1, stable=True).argsort(1)
    return tokens.take_along_dim(order[:, :V, None], 1), mask, back


@wrong("06.1", "ids_restore of the visible tokens alone")
def _(tokens, ratio, noise):
    V = int(tokens.shape[1] * (1 - ratio))
    order = noise.argsort(1)
    return tokens.take_along_dim(order[:, :V, None], 1), order.argsort(1) >= V, order[:, :V].argsort(1)


@wrong("06.1", "ids_restore counts from 1")
def _(tokens, ratio, noise):
    V = int(tokens.shape[1] * (1 - ratio))
    order = noise.argsort(1)
    back = order.argsort(1)
    return tokens.take_along_dim(order[:, :V, None], 1), back >= V, back + 1


@wrong("06.1", "topk takes the largest")
def _(tokens, ratio, noise):
    N = tokens.shape[1]
    V = int(N * (1 - ratio))
    keep = noise.topk(V, dim=1).indices
    mask = torch.ones_like(noise, dtype=torch.bool).scatter(1, keep, False)
    return tokens.take_along_dim(keep[..., None], 1), mask, noise.argsort(1).argsort(1)


@wrong("06.1", "the tokens are sorted by noise, but the kept indices are sorted again")
def _(tokens, ratio, noise):
    V = int(tokens.shape[1] * (1 - ratio))
    order = noise.argsort(1)
    back = order.argsort(1)
    keep = order[:, :V].sort(1).values
    return tokens.take_along_dim(keep[..., None], 1), back >= V, back


@wrong("06.1", "the first V tokens of the picture: nothing is shuffled")
def _(tokens, ratio, noise):
    V = int(tokens.shape[1] * (1 - ratio))
    back = noise.argsort(1).argsort(1)
    return tokens[:, :V], back >= V, back


@wrong("06.1", "the numbers of a token are gathered, not the tokens")
def _(tokens, ratio, noise):
    V = int(tokens.shape[1] * (1 - ratio))
    order = noise.argsort(1)
    back = order.argsort(1)
    return tokens.gather(2, order[:, :V, None]), back >= V, back


@wrong("06.1", "visible tokens lose their gradient: they are detached")
def _(tokens, ratio, noise):
    V = int(tokens.shape[1] * (1 - ratio))
    order = noise.argsort(1)
    back = order.argsort(1)
    return tokens.detach().take_along_dim(order[:, :V, None], 1), back >= V, back


@wrong("06.1", "the sorted noise is returned in place of the tokens")
def _(tokens, ratio, noise):
    V = int(tokens.shape[1] * (1 - ratio))
    low, order = noise.sort(1)
    back = order.argsort(1)
    return low[:, :V, None].expand(-1, -1, tokens.shape[2]), back >= V, back


# 06.2: straight_through(z, codebook)


@right("06.2")
def _(z, codebook):
    code = codebook[torch.cdist(z, codebook).argmin(1)]
    return z + (code - z).detach()


@right("06.2")
def _(z, codebook):
    class Through(torch.autograd.Function):
        @staticmethod
        def forward(ctx, z, codebook):
            return codebook[torch.cdist(z, codebook).argmin(dim=1)]

        @staticmethod
        def backward(ctx, grad):
            return grad, None

    return Through.apply(z, codebook)


@right("06.2")
def _(z, codebook):
    distance = (z[:, None, :] - codebook[None, :, :]).square().sum(-1)
    code = F.embedding(distance.argmin(-1), codebook).detach()
    return code + (z - z.detach())


@right("06.2")
def _(z, codebook):
    with torch.no_grad():
        distance = z.square().sum(1, keepdim=True) - 2 * z @ codebook.T + codebook.square().sum(1)
        step = codebook[distance.argmin(1)] - z
    return z + step


@right("06.2")
def _(z, codebook):
    result = z.clone()
    with torch.no_grad():
        for n in range(len(z)):
            result[n] = codebook[torch.linalg.vector_norm(codebook - z[n], dim=1).argmin()]
    return result


@right("06.2")
def _(z, codebook):
    # half of the distance is enough for the choice; a one-hot row picks the code
    score = einsum(z, codebook, "n d, k d -> n k") - 0.5 * reduce(codebook.square(), "k d -> k", "sum")
    pick = F.one_hot(score.argmax(1), len(codebook)).to(codebook.dtype)
    return z - z.detach() + (pick @ codebook).detach()


@right("06.2")
def _(z, codebook):
    rows = []
    for vector in z:
        best = min(codebook, key=lambda code: (vector - code).pow(2).sum().item())
        rows.append(vector + (best - vector).detach())
    return torch.stack(rows)


@right("06.2")
def _(z, codebook):
    index = (z.unsqueeze(1) - codebook).norm(dim=2).topk(1, largest=False).indices
    code = codebook.take_along_dim(index, dim=0)
    return torch.sub(z, (z - code).detach())


@wrong("06.2", "the code itself: nothing of the gradient reaches z")
def _(z, codebook):
    return codebook[torch.cdist(z, codebook).argmin(1)]


@wrong("06.2", "the detached code: nothing has a gradient")
def _(z, codebook):
    return codebook[torch.cdist(z, codebook).argmin(1)].detach()


@wrong("06.2", "only z is detached: the codebook gets a gradient")
def _(z, codebook):
    code = codebook[torch.cdist(z, codebook).argmin(1)]
    return z + code - z.detach()


@wrong("06.2", "detach on the outer z: its gradient has the wrong sign")
def _(z, codebook):
    code = codebook[torch.cdist(z, codebook).argmin(1)]
    return z.detach() + (code - z)


@wrong("06.2", "detach is forgotten: the gradient of z cancels")
def _(z, codebook):
    code = codebook[torch.cdist(z, codebook).argmin(1)]
    return z + (code - z)


@wrong("06.2", "all of it is detached")
def _(z, codebook):
    code = codebook[torch.cdist(z, codebook).argmin(1)]
    return (z + (code - z)).detach()


@wrong("06.2", "the step has the wrong sign: away from the code")
def _(z, codebook):
    code = codebook[torch.cdist(z, codebook).argmin(1)]
    return z + (z - code).detach()


@wrong("06.2", "z and the code are added")
def _(z, codebook):
    code = codebook[torch.cdist(z, codebook).argmin(1)]
    return z + code.detach()


@wrong("06.2", "the farthest code")
def _(z, codebook):
    code = codebook[torch.cdist(z, codebook).argmax(1)]
    return z + (code - z).detach()


@wrong("06.2", "argmin over the vectors, not over the codes")
def _(z, codebook):
    code = codebook[torch.cdist(z, codebook).argmin(0)]
    return z + (code - z).detach()


@wrong("06.2", "the nearest vector for each code: the two change places")
def _(z, codebook):
    code = z[torch.cdist(codebook, z).argmin(1)]
    return codebook + (code - codebook).detach()


@wrong("06.2", "no_grad around all of it, the last line too")
def _(z, codebook):
    with torch.no_grad():
        code = codebook[torch.cdist(z, codebook).argmin(1)]
        return z + (code - z).detach()


@wrong("06.2", "z and the code have changed places: z forward, and the codebook gets the gradient")
def _(z, codebook):
    code = codebook[torch.cdist(z, codebook).argmin(1)]
    return code + (z - code).detach()


@wrong("06.2", "the largest inner product, which favours long codes")
def _(z, codebook):
    code = codebook[(z @ codebook.T).argmax(1)]
    return z + (code - z).detach()


@wrong("06.2", "the nearest by angle")
def _(z, codebook):
    code = codebook[(F.normalize(z, dim=1) @ F.normalize(codebook, dim=1).T).argmax(1)]
    return z + (code - z).detach()


@wrong("06.2", "distances with the 2 of 2 z·c left out")
def _(z, codebook):
    distance = z.square().sum(1, keepdim=True) - z @ codebook.T + codebook.square().sum(1)
    return z + (codebook[distance.argmin(1)] - z).detach()


@wrong("06.2", "distances by the sum of absolute differences")
def _(z, codebook):
    code = codebook[torch.cdist(z, codebook, p=1).argmin(1)]
    return z + (code - z).detach()


@wrong("06.2", "distances by the largest difference")
def _(z, codebook):
    code = codebook[torch.cdist(z, codebook, p=float("inf")).argmin(1)]
    return z + (code - z).detach()


@wrong("06.2", "differences are summed with their sign")
def _(z, codebook):
    code = codebook[(z[:, None] - codebook).sum(-1).abs().argmin(1)]
    return z + (code - z).detach()


@wrong("06.2", "a soft choice: a mean of all codes")
def _(z, codebook):
    code = (-torch.cdist(z, codebook)).softmax(1) @ codebook
    return z + (code - z).detach()


@wrong("06.2", "one code for all vectors: nearest on average")
def _(z, codebook):
    code = codebook[torch.cdist(z, codebook).mean(0).argmin()]
    return z + (code - z).detach()


@wrong("06.2", "argmin without a dimension: an index into all the pairs")
def _(z, codebook):
    code = codebook[torch.cdist(z, codebook).argmin()]
    return z + (code - z).detach()


@wrong("06.2", "the index is returned, not the code")
def _(z, codebook):
    return torch.cdist(z, codebook).argmin(1)


@wrong("06.2", "the smallest distance is returned, not the code")
def _(z, codebook):
    return torch.cdist(z, codebook).min(1).values


@wrong("06.2", "the code is a factor: the gradient is code / z, not 1")
def _(z, codebook):
    code = codebook[torch.cdist(z, codebook).argmin(1)]
    return z * (code / z).detach()


@wrong("06.2", "each number on its own takes the nearest number of the codebook")
def _(z, codebook):
    index = (z[:, None] - codebook).abs().argmin(1)
    code = codebook.gather(0, index)
    return z + (code - z).detach()


@wrong("06.2", "halfway between z and its code")
def _(z, codebook):
    code = codebook[torch.cdist(z, codebook).argmin(1)]
    return z + 0.5 * (code - z).detach()


@wrong("06.2", "z is brought to length 1 first: the gradient goes through the division")
def _(z, codebook):
    z = F.normalize(z, dim=1)
    code = codebook[torch.cdist(z, codebook).argmin(1)]
    return z + (code - z).detach()


@wrong("06.2", "the backward of the function returns zeros for z")
def _(z, codebook):
    class Through(torch.autograd.Function):
        @staticmethod
        def forward(ctx, z, codebook):
            return codebook[torch.cdist(z, codebook).argmin(1)]

        @staticmethod
        def backward(ctx, grad):
            return torch.zeros_like(grad), None

    return Through.apply(z, codebook)


@wrong("06.2", "the backward of the function returns ones, whatever comes in")
def _(z, codebook):
    class Through(torch.autograd.Function):
        @staticmethod
        def forward(ctx, z, codebook):
            return codebook[torch.cdist(z, codebook).argmin(1)]

        @staticmethod
        def backward(ctx, grad):
            return torch.ones_like(grad), None

    return Through.apply(z, codebook)


@wrong("06.2", "the backward of the function gives the codebook a gradient")
def _(z, codebook):
    class Through(torch.autograd.Function):
        @staticmethod
        def forward(ctx, z, codebook):
            index = torch.cdist(z, codebook).argmin(1)
            ctx.save_for_backward(index, codebook)
            return codebook[index]

        @staticmethod
        def backward(ctx, grad):
            index, codebook = ctx.saved_tensors
            return grad, torch.zeros_like(codebook).index_add(0, index, grad)

    return Through.apply(z, codebook)


@wrong("06.2", "the gradient of a softmax in place of the identity")
def _(z, codebook):
    soft = (-torch.cdist(z, codebook)).softmax(1)
    hard = F.one_hot(soft.argmax(1), len(codebook)).to(z)
    return (hard + soft - soft.detach()) @ codebook.detach()


@wrong("06.2", "z is doubled: the gradient is twice the identity")
def _(z, codebook):
    code = codebook[torch.cdist(z, codebook).argmin(1)]
    return 2 * z + (code - 2 * z).detach()


@wrong("06.2", "the second nearest code: [:, 1] is taken for the nearest")
def _(z, codebook):
    code = codebook[torch.cdist(z, codebook).argsort(1)[:, 1]]
    return z + (code - z).detach()


@wrong("06.2", "new tensors from lists: the way to z is cut")
def _(z, codebook):
    index = torch.cdist(z, codebook).argmin(1).tolist()
    return torch.tensor([codebook[i].tolist() for i in index], dtype=z.dtype)


@wrong("06.2", "z, as it is: no code at all")
def _(z, codebook):
    return z + (z - z).detach()


@wrong("06.2", "a random choice by softmax, and the codebook gets a gradient")
def _(z, codebook):
    pick = F.gumbel_softmax(-torch.cdist(z, codebook), hard=True)
    return pick @ codebook + z - z.detach()


# 06.3: masked_loss(prediction, patches, mask)


@right("06.3")
def _(prediction, patches, mask):
    error = ((prediction - patches) ** 2).mean(dim=-1)
    return (error * mask).sum() / mask.sum()


@right("06.3")
def _(prediction, patches, mask):
    return F.mse_loss(prediction[mask], patches[mask])


@right("06.3")
def _(prediction, patches, mask):
    total, count = 0, 0
    for b in range(mask.shape[0]):
        for n in range(mask.shape[1]):
            if mask[b, n]:
                total = total + (prediction[b, n] - patches[b, n]).square().mean()
                count += 1
    return total / count


@right("06.3")
def _(prediction, patches, mask):
    error = reduce((prediction - patches).square(), "b n p -> b n", "mean")
    return error.masked_select(mask).mean()


@right("06.3")
def _(prediction, patches, mask):
    error = F.mse_loss(prediction, patches, reduction="none")
    weight = mask.to(error.dtype) / mask.sum()
    return einsum(error, weight, "b n p, b n -> ") / error.shape[-1]


@right("06.3")
def _(prediction, patches, mask):
    b, n = mask.nonzero(as_tuple=True)
    return torch.stack([(prediction[i, j] - patches[i, j]).pow(2).mean() for i, j in zip(b, n)]).mean()


@right("06.3")
def _(prediction, patches, mask):
    difference = torch.where(mask[..., None], prediction - patches, 0.0)
    return difference.square().sum() / (mask.sum() * patches.shape[-1])


@right("06.3")
def _(prediction, patches, mask):
    difference = (prediction - patches).masked_fill(~mask.unsqueeze(-1), 0)
    return difference.norm() ** 2 / mask.sum() / prediction.size(2)


@right("06.3")
def _(prediction, patches, mask):
    # each picture's covered patches, in one list
    covered = torch.cat([(p - q)[m] for p, q, m in zip(prediction, patches, mask)])
    return (covered * covered).mean(1).mean(0)


@wrong("06.3", "mean over all patches, the visible ones too")
def _(prediction, patches, mask):
    return F.mse_loss(prediction, patches)


@wrong("06.3", "the visible patches, not the covered ones")
def _(prediction, patches, mask):
    return F.mse_loss(prediction[~mask], patches[~mask])


@wrong("06.3", "divided by all patches: the mean counts the visible ones as 0")
def _(prediction, patches, mask):
    error = (prediction - patches).square().mean(-1)
    return (error * mask).mean()


@wrong("06.3", "mean of each picture first, then over the pictures")
def _(prediction, patches, mask):
    error = (prediction - patches).square().mean(-1)
    return ((error * mask).sum(1) / mask.sum(1)).mean()


@wrong("06.3", "one loss for each picture: no mean over the batch")
def _(prediction, patches, mask):
    error = (prediction - patches).square().mean(-1)
    return (error * mask).sum(1) / mask.sum(1)


@wrong("06.3", "the sum over the numbers of a patch, not the mean")
def _(prediction, patches, mask):
    error = (prediction - patches).square().sum(-1)
    return (error * mask).sum() / mask.sum()


@wrong("06.3", "the sum over the covered patches, not the mean")
def _(prediction, patches, mask):
    error = (prediction - patches).square().mean(-1)
    return (error * mask).sum()


@wrong("06.3", "the absolute error")
def _(prediction, patches, mask):
    error = (prediction - patches).abs().mean(-1)
    return (error * mask).sum() / mask.sum()


@wrong("06.3", "the root of the squared error")
def _(prediction, patches, mask):
    error = (prediction - patches).square().mean(-1)
    return ((error * mask).sum() / mask.sum()).sqrt()


@wrong("06.3", "a Python number: nothing to train with")
def _(prediction, patches, mask):
    error = (prediction - patches).square().mean(-1)
    return ((error * mask).sum() / mask.sum()).item()


@wrong("06.3", "no gradient: the error is computed under no_grad")
def _(prediction, patches, mask):
    with torch.no_grad():
        error = (prediction - patches).square().mean(-1)
    return (error * mask).sum() / mask.sum()


@wrong("06.3", "the prediction is detached, where it should train")
def _(prediction, patches, mask):
    return F.mse_loss(prediction[mask].detach(), patches[mask])


@wrong("06.3", "divided by the number of pictures, not of covered patches")
def _(prediction, patches, mask):
    error = (prediction - patches).square().mean(-1)
    return (error * mask).sum() / len(mask)


@wrong("06.3", "as if all pictures had as many covered patches as the first")
def _(prediction, patches, mask):
    error = (prediction - patches).square().mean(-1)
    return (error * mask).sum() / (mask[0].sum() * len(mask))


@wrong("06.3", "the first picture's mask for all pictures")
def _(prediction, patches, mask):
    return F.mse_loss(prediction[:, mask[0]], patches[:, mask[0]])


@wrong("06.3", "mean over the patches, not over the numbers of a patch")
def _(prediction, patches, mask):
    error = (prediction - patches).square().mean(1)
    return (error * mask).sum() / mask.sum()


@wrong("06.3", "the square of the mean difference, not the mean of the squares")
def _(prediction, patches, mask):
    error = (prediction - patches).mean(-1).square()
    return (error * mask).sum() / mask.sum()


@wrong("06.3", "the length of the difference, not its square")
def _(prediction, patches, mask):
    error = (prediction - patches).norm(dim=-1)
    return (error * mask).sum() / mask.sum()


@wrong("06.3", "the mask is set on the prediction alone: the visible patches count as errors")
def _(prediction, patches, mask):
    error = (prediction * mask[..., None] - patches).square().mean(-1)
    return error.sum() / mask.sum()


@wrong("06.3", "both are set to 0 where visible, but the mean is over all patches")
def _(prediction, patches, mask):
    return F.mse_loss(prediction * mask[..., None], patches * mask[..., None])


@wrong("06.3", "divided by the visible patches")
def _(prediction, patches, mask):
    error = (prediction - patches).square().mean(-1)
    return (error * mask).sum() / (~mask).sum()


@wrong("06.3", "the mask without a third axis: it does not fit")
def _(prediction, patches, mask):
    return ((prediction - patches).square() * mask).sum() / mask.sum()


@wrong("06.3", "half of the squared error")
def _(prediction, patches, mask):
    return 0.5 * F.mse_loss(prediction[mask], patches[mask])


@wrong("06.3", "the patches are normalised first: that is not asked here")
def _(prediction, patches, mask):
    patches = (patches - patches.mean(-1, keepdim=True)) / (patches.var(-1, keepdim=True) + 1e-6).sqrt()
    return F.mse_loss(prediction[mask], patches[mask])


@wrong("06.3", "large errors count only by their absolute value: smooth_l1")
def _(prediction, patches, mask):
    return F.smooth_l1_loss(prediction[mask], patches[mask])


@wrong("06.3", "1 is added to the number of covered patches")
def _(prediction, patches, mask):
    error = (prediction - patches).square().mean(-1)
    return (error * mask).sum() / (mask.sum() + 1)


@wrong("06.3", "the minus: a loss that grows with better predictions")
def _(prediction, patches, mask):
    error = (prediction - patches).square().mean(-1)
    return -(error * mask).sum() / mask.sum()


@wrong("06.3", "a loss for each covered patch: the last mean is missing")
def _(prediction, patches, mask):
    return (prediction[mask] - patches[mask]).square().mean(-1)


@wrong("06.3", "the inner product in place of the difference")
def _(prediction, patches, mask):
    error = (prediction * patches).square().mean(-1)
    return (error * mask).sum() / mask.sum()


@wrong("06.3", "the loop returns in the first picture")
def _(prediction, patches, mask):
    for p, q, m in zip(prediction, patches, mask):
        return F.mse_loss(p[m], q[m])


@wrong("06.3", "1 is subtracted for visible patches: they are not left out")
def _(prediction, patches, mask):
    error = (prediction - patches).square().mean(-1)
    return (error - (~mask).to(error)).sum() / mask.sum()


@wrong("06.3", "divided by the mean of the mask, not by its sum")
def _(prediction, patches, mask):
    error = (prediction - patches).square().mean(-1)
    return (error * mask).sum() / mask.float().mean()


@wrong("06.3", "a new tensor of a number: the gradient is lost")
def _(prediction, patches, mask):
    error = (prediction - patches).square().mean(-1)
    return torch.tensor(((error * mask).sum() / mask.sum()).item())


# 06.4: mae_forward(mae, pictures, noise)


@right("06.4")
def _(mae, pictures, noise):
    tokens = mae.encoder.embed(pictures)
    B, N, D = tokens.shape
    visible, mask, ids_restore = _random_masking(tokens, mae.ratio, noise)
    latent = mae.encoder.norm(mae.encoder.transformer(visible))
    x = mae.decoder.embed(latent)
    mask_tokens = mae.decoder.mask_token.expand(B, N - x.shape[1], -1)
    x = torch.cat([x, mask_tokens], dim=1)
    x = torch.gather(x, 1, ids_restore.unsqueeze(-1).expand(-1, -1, x.shape[-1]))
    x = x + mae.decoder.pos_embed
    return mae.decoder.head(mae.decoder.norm(mae.decoder.transformer(x))), mask


@right("06.4")
def _(mae, pictures, noise):
    # a list of modules one after the other
    encode = nn.Sequential(mae.encoder.transformer, mae.encoder.norm, mae.decoder.embed)
    decode = nn.Sequential(mae.decoder.transformer, mae.decoder.norm, mae.decoder.head)
    visible, mask, back = _random_masking(mae.encoder.embed(pictures), mae.ratio, noise)
    x = encode(visible)
    at = back.clamp(max=x.shape[1] - 1)
    x = torch.where(mask[..., None], mae.decoder.mask_token, x.take_along_dim(at[..., None], 1))
    return decode(x + mae.decoder.pos_embed), mask


@right("06.4")
def _(mae, pictures, noise):
    visible, mask, back = _random_masking(mae.encoder.embed(pictures), mae.ratio, noise)
    x = mae.decoder.embed(mae.encoder.norm(mae.encoder.transformer(visible)))
    B, V, d = x.shape
    keep = back.argsort(1)[:, :V]
    full = repeat(mae.decoder.mask_token, "d -> b n d", b=B, n=back.shape[1])
    full = full.scatter(1, repeat(keep, "b v -> b v d", d=d), x)
    full = mae.decoder.norm(mae.decoder.transformer(full + mae.decoder.pos_embed))
    return mae.decoder.head(full), mask


@right("06.4")
def _(mae, pictures, noise):
    # in the picture's order from the start: the encoder does not mind the order
    tokens = mae.encoder.embed(pictures)
    _, mask, _ = _random_masking(tokens, mae.ratio, noise)
    visible = rearrange(tokens[~mask], "(b v) d -> b v d", b=len(tokens))
    x = mae.decoder.embed(mae.encoder.norm(mae.encoder.transformer(visible)))
    full = mae.decoder.mask_token.repeat(*mask.shape, 1)
    full[~mask] = x.flatten(0, 1)
    full = mae.decoder.transformer(full + mae.decoder.pos_embed)
    return mae.decoder.head(mae.decoder.norm(full)), mask


@right("06.4")
def _(mae, pictures, noise):
    # one picture and one patch at a time
    predictions, masks = [], []
    for picture, r in zip(pictures, noise):
        visible, mask, back = _random_masking(mae.encoder.embed(picture[None]), mae.ratio, r[None])
        x = mae.decoder.embed(mae.encoder.norm(mae.encoder.transformer(visible)))[0]
        row = []
        for n, place in enumerate(back[0].tolist()):
            token = x[place] if place < len(x) else mae.decoder.mask_token
            row.append(token + mae.decoder.pos_embed[n])
        y = mae.decoder.norm(mae.decoder.transformer(torch.stack(row)[None]))
        predictions.append(mae.decoder.head(y))
        masks.append(mask)
    return torch.cat(predictions), torch.cat(masks)


@right("06.4")
def _(mae, pictures, noise):
    # positions are brought into the shuffled order; the shuffle is undone at the end
    tokens = mae.encoder.embed(pictures)
    visible, mask, back = _random_masking(tokens, mae.ratio, noise)
    x = mae.decoder.embed(mae.encoder.norm(mae.encoder.transformer(visible)))
    x = torch.cat([x, mae.decoder.mask_token.expand(len(x), mask[0].sum(), -1)], 1)
    x = x + mae.decoder.pos_embed[back.argsort(1)]
    x = mae.decoder.head(mae.decoder.norm(mae.decoder.transformer(x)))
    return x[torch.arange(len(x))[:, None], back], mask


@right("06.4")
def _(mae, pictures, noise):
    # without random_masking, and one_hot rows in place of gather
    tokens = mae.encoder.embed(pictures)
    N = tokens.shape[1]
    V = int(N * (1 - mae.ratio))
    order = noise.argsort(1)[:, :V]
    pick = F.one_hot(order, N).to(tokens.dtype)
    x = mae.encoder.norm(mae.encoder.transformer(pick @ tokens))
    x = pick.mT @ mae.decoder.embed(x)
    mask = pick.sum(1) == 0
    x = x + mask[..., None] * mae.decoder.mask_token + mae.decoder.pos_embed
    return mae.decoder.head(mae.decoder.norm(mae.decoder.transformer(x))), mask


@wrong("06.4", "decoder positions are added before the shuffle is undone")
def _(mae, pictures, noise):
    B = len(pictures)
    tokens = mae.encoder.embed(pictures)
    visible, mask, back = _random_masking(tokens, mae.ratio, noise)
    x = mae.decoder.embed(mae.encoder.norm(mae.encoder.transformer(visible)))
    gaps = mae.decoder.mask_token.expand(B, tokens.shape[1] - x.shape[1], -1)
    x = torch.cat([x, gaps], 1) + mae.decoder.pos_embed
    x = x.take_along_dim(back[..., None], 1)
    return mae.decoder.head(mae.decoder.norm(mae.decoder.transformer(x))), mask


@wrong("06.4", "the decoder's positions are forgotten")
def _(mae, pictures, noise):
    B = len(pictures)
    tokens = mae.encoder.embed(pictures)
    visible, mask, back = _random_masking(tokens, mae.ratio, noise)
    x = mae.decoder.embed(mae.encoder.norm(mae.encoder.transformer(visible)))
    gaps = mae.decoder.mask_token.expand(B, tokens.shape[1] - x.shape[1], -1)
    x = torch.cat([x, gaps], 1).take_along_dim(back[..., None], 1)
    return mae.decoder.head(mae.decoder.norm(mae.decoder.transformer(x))), mask


@wrong("06.4", "ids_shuffle in place of ids_restore: gathered with the wrong index")
def _(mae, pictures, noise):
    B = len(pictures)
    tokens = mae.encoder.embed(pictures)
    visible, mask, back = _random_masking(tokens, mae.ratio, noise)
    x = mae.decoder.embed(mae.encoder.norm(mae.encoder.transformer(visible)))
    gaps = mae.decoder.mask_token.expand(B, tokens.shape[1] - x.shape[1], -1)
    x = torch.cat([x, gaps], 1).take_along_dim(back.argsort(1)[..., None], 1)
    x = x + mae.decoder.pos_embed
    return mae.decoder.head(mae.decoder.norm(mae.decoder.transformer(x))), mask


@wrong("06.4", "the shuffle is not undone")
def _(mae, pictures, noise):
    B = len(pictures)
    tokens = mae.encoder.embed(pictures)
    visible, mask, back = _random_masking(tokens, mae.ratio, noise)
    x = mae.decoder.embed(mae.encoder.norm(mae.encoder.transformer(visible)))
    gaps = mae.decoder.mask_token.expand(B, tokens.shape[1] - x.shape[1], -1)
    x = torch.cat([x, gaps], 1) + mae.decoder.pos_embed
    return mae.decoder.head(mae.decoder.norm(mae.decoder.transformer(x))), mask


@wrong("06.4", "mask tokens stand before the visible ones")
def _(mae, pictures, noise):
    B = len(pictures)
    tokens = mae.encoder.embed(pictures)
    visible, mask, back = _random_masking(tokens, mae.ratio, noise)
    x = mae.decoder.embed(mae.encoder.norm(mae.encoder.transformer(visible)))
    gaps = mae.decoder.mask_token.expand(B, tokens.shape[1] - x.shape[1], -1)
    x = torch.cat([gaps, x], 1).take_along_dim(back[..., None], 1) + mae.decoder.pos_embed
    return mae.decoder.head(mae.decoder.norm(mae.decoder.transformer(x))), mask


@wrong("06.4", "the encoder sees all tokens; they are covered after it")
def _(mae, pictures, noise):
    B = len(pictures)
    tokens = mae.encoder.norm(mae.encoder.transformer(mae.encoder.embed(pictures)))
    x, mask, back = _random_masking(tokens, mae.ratio, noise)
    x = mae.decoder.embed(x)
    gaps = mae.decoder.mask_token.expand(B, tokens.shape[1] - x.shape[1], -1)
    x = torch.cat([x, gaps], 1).take_along_dim(back[..., None], 1)
    x = x + mae.decoder.pos_embed
    return mae.decoder.head(mae.decoder.norm(mae.decoder.transformer(x))), mask


@wrong("06.4", "the encoder gets the covered tokens")
def _(mae, pictures, noise):
    B = len(pictures)
    tokens = mae.encoder.embed(pictures)
    visible, mask, back = _random_masking(tokens, mae.ratio, noise)
    x = tokens.take_along_dim(back.argsort(1)[:, -visible.shape[1] :, None], 1)
    x = mae.decoder.embed(mae.encoder.norm(mae.encoder.transformer(x)))
    gaps = mae.decoder.mask_token.expand(B, tokens.shape[1] - x.shape[1], -1)
    x = torch.cat([x, gaps], 1).take_along_dim(back[..., None], 1)
    x = x + mae.decoder.pos_embed
    return mae.decoder.head(mae.decoder.norm(mae.decoder.transformer(x))), mask


@wrong("06.4", "the encoder's norm is forgotten")
def _(mae, pictures, noise):
    B = len(pictures)
    tokens = mae.encoder.embed(pictures)
    visible, mask, back = _random_masking(tokens, mae.ratio, noise)
    x = mae.decoder.embed(mae.encoder.transformer(visible))
    gaps = mae.decoder.mask_token.expand(B, tokens.shape[1] - x.shape[1], -1)
    x = torch.cat([x, gaps], 1).take_along_dim(back[..., None], 1)
    x = x + mae.decoder.pos_embed
    return mae.decoder.head(mae.decoder.norm(mae.decoder.transformer(x))), mask


@wrong("06.4", "the encoder's norm stands before its transformer")
def _(mae, pictures, noise):
    B = len(pictures)
    tokens = mae.encoder.embed(pictures)
    visible, mask, back = _random_masking(tokens, mae.ratio, noise)
    x = mae.decoder.embed(mae.encoder.transformer(mae.encoder.norm(visible)))
    gaps = mae.decoder.mask_token.expand(B, tokens.shape[1] - x.shape[1], -1)
    x = torch.cat([x, gaps], 1).take_along_dim(back[..., None], 1)
    x = x + mae.decoder.pos_embed
    return mae.decoder.head(mae.decoder.norm(mae.decoder.transformer(x))), mask


@wrong("06.4", "the encoder's transformer is forgotten")
def _(mae, pictures, noise):
    B = len(pictures)
    tokens = mae.encoder.embed(pictures)
    visible, mask, back = _random_masking(tokens, mae.ratio, noise)
    x = mae.decoder.embed(mae.encoder.norm(visible))
    gaps = mae.decoder.mask_token.expand(B, tokens.shape[1] - x.shape[1], -1)
    x = torch.cat([x, gaps], 1).take_along_dim(back[..., None], 1)
    x = x + mae.decoder.pos_embed
    return mae.decoder.head(mae.decoder.norm(mae.decoder.transformer(x))), mask


@wrong("06.4", "the decoder's embed is forgotten: the widths do not fit")
def _(mae, pictures, noise):
    B = len(pictures)
    tokens = mae.encoder.embed(pictures)
    visible, mask, back = _random_masking(tokens, mae.ratio, noise)
    x = mae.encoder.norm(mae.encoder.transformer(visible))
    gaps = mae.decoder.mask_token.expand(B, tokens.shape[1] - x.shape[1], -1)
    x = torch.cat([x, gaps], 1).take_along_dim(back[..., None], 1)
    x = x + mae.decoder.pos_embed
    return mae.decoder.head(mae.decoder.norm(mae.decoder.transformer(x))), mask


@wrong("06.4", "the decoder's norm is forgotten")
def _(mae, pictures, noise):
    B = len(pictures)
    tokens = mae.encoder.embed(pictures)
    visible, mask, back = _random_masking(tokens, mae.ratio, noise)
    x = mae.decoder.embed(mae.encoder.norm(mae.encoder.transformer(visible)))
    gaps = mae.decoder.mask_token.expand(B, tokens.shape[1] - x.shape[1], -1)
    x = torch.cat([x, gaps], 1).take_along_dim(back[..., None], 1)
    x = x + mae.decoder.pos_embed
    return mae.decoder.head(mae.decoder.transformer(x)), mask


@wrong("06.4", "the head before the norm")
def _(mae, pictures, noise):
    B = len(pictures)
    tokens = mae.encoder.embed(pictures)
    visible, mask, back = _random_masking(tokens, mae.ratio, noise)
    x = mae.decoder.embed(mae.encoder.norm(mae.encoder.transformer(visible)))
    gaps = mae.decoder.mask_token.expand(B, tokens.shape[1] - x.shape[1], -1)
    x = torch.cat([x, gaps], 1).take_along_dim(back[..., None], 1)
    x = x + mae.decoder.pos_embed
    return mae.decoder.norm(mae.decoder.head(mae.decoder.transformer(x))), mask


@wrong("06.4", "the decoder's norm stands before its transformer")
def _(mae, pictures, noise):
    B = len(pictures)
    tokens = mae.encoder.embed(pictures)
    visible, mask, back = _random_masking(tokens, mae.ratio, noise)
    x = mae.decoder.embed(mae.encoder.norm(mae.encoder.transformer(visible)))
    gaps = mae.decoder.mask_token.expand(B, tokens.shape[1] - x.shape[1], -1)
    x = torch.cat([x, gaps], 1).take_along_dim(back[..., None], 1)
    x = x + mae.decoder.pos_embed
    return mae.decoder.head(mae.decoder.transformer(mae.decoder.norm(x))), mask


@wrong("06.4", "the decoder's transformer is forgotten: gaps know nothing of the visible")
def _(mae, pictures, noise):
    B = len(pictures)
    tokens = mae.encoder.embed(pictures)
    visible, mask, back = _random_masking(tokens, mae.ratio, noise)
    x = mae.decoder.embed(mae.encoder.norm(mae.encoder.transformer(visible)))
    gaps = mae.decoder.mask_token.expand(B, tokens.shape[1] - x.shape[1], -1)
    x = torch.cat([x, gaps], 1).take_along_dim(back[..., None], 1)
    x = x + mae.decoder.pos_embed
    return mae.decoder.head(mae.decoder.norm(x)), mask


@wrong("06.4", "the head is forgotten")
def _(mae, pictures, noise):
    B = len(pictures)
    tokens = mae.encoder.embed(pictures)
    visible, mask, back = _random_masking(tokens, mae.ratio, noise)
    x = mae.decoder.embed(mae.encoder.norm(mae.encoder.transformer(visible)))
    gaps = mae.decoder.mask_token.expand(B, tokens.shape[1] - x.shape[1], -1)
    x = torch.cat([x, gaps], 1).take_along_dim(back[..., None], 1)
    x = x + mae.decoder.pos_embed
    return mae.decoder.norm(mae.decoder.transformer(x)), mask


@wrong("06.4", "a prediction for the covered patches alone")
def _(mae, pictures, noise):
    B = len(pictures)
    tokens = mae.encoder.embed(pictures)
    visible, mask, back = _random_masking(tokens, mae.ratio, noise)
    x = mae.decoder.embed(mae.encoder.norm(mae.encoder.transformer(visible)))
    gaps = mae.decoder.mask_token.expand(B, tokens.shape[1] - x.shape[1], -1)
    x = torch.cat([x, gaps], 1).take_along_dim(back[..., None], 1)
    x = mae.decoder.norm(mae.decoder.transformer(x + mae.decoder.pos_embed))
    return mae.decoder.head(x[mask]).view(B, gaps.shape[1], -1), mask


@wrong("06.4", "zeros in the gaps in place of the mask token")
def _(mae, pictures, noise):
    B = len(pictures)
    tokens = mae.encoder.embed(pictures)
    visible, mask, back = _random_masking(tokens, mae.ratio, noise)
    x = mae.decoder.embed(mae.encoder.norm(mae.encoder.transformer(visible)))
    gaps = torch.zeros(B, tokens.shape[1] - x.shape[1], x.shape[2])
    x = torch.cat([x, gaps], 1).take_along_dim(back[..., None], 1) + mae.decoder.pos_embed
    return mae.decoder.head(mae.decoder.norm(mae.decoder.transformer(x))), mask


@wrong("06.4", "random numbers in the gaps in place of the mask token")
def _(mae, pictures, noise):
    B = len(pictures)
    tokens = mae.encoder.embed(pictures)
    visible, mask, back = _random_masking(tokens, mae.ratio, noise)
    x = mae.decoder.embed(mae.encoder.norm(mae.encoder.transformer(visible)))
    gaps = torch.randn(B, tokens.shape[1] - x.shape[1], x.shape[2])
    x = torch.cat([x, gaps], 1).take_along_dim(back[..., None], 1) + mae.decoder.pos_embed
    return mae.decoder.head(mae.decoder.norm(mae.decoder.transformer(x))), mask


@wrong("06.4", "the mask token is added to all tokens")
def _(mae, pictures, noise):
    B = len(pictures)
    tokens = mae.encoder.embed(pictures)
    visible, mask, back = _random_masking(tokens, mae.ratio, noise)
    x = mae.decoder.embed(mae.encoder.norm(mae.encoder.transformer(visible)))
    gaps = torch.zeros(B, tokens.shape[1] - x.shape[1], x.shape[2])
    x = torch.cat([x, gaps], 1).take_along_dim(back[..., None], 1)
    x = x + mae.decoder.mask_token + mae.decoder.pos_embed
    return mae.decoder.head(mae.decoder.norm(mae.decoder.transformer(x))), mask


@wrong("06.4", "positions are added twice: before and after the shuffle is undone")
def _(mae, pictures, noise):
    B = len(pictures)
    tokens = mae.encoder.embed(pictures)
    visible, mask, back = _random_masking(tokens, mae.ratio, noise)
    x = mae.decoder.embed(mae.encoder.norm(mae.encoder.transformer(visible)))
    gaps = mae.decoder.mask_token.expand(B, tokens.shape[1] - x.shape[1], -1)
    x = torch.cat([x, gaps], 1) + mae.decoder.pos_embed
    x = x.take_along_dim(back[..., None], 1) + mae.decoder.pos_embed
    return mae.decoder.head(mae.decoder.norm(mae.decoder.transformer(x))), mask


@wrong("06.4", "positions for the gaps alone")
def _(mae, pictures, noise):
    B = len(pictures)
    tokens = mae.encoder.embed(pictures)
    visible, mask, back = _random_masking(tokens, mae.ratio, noise)
    x = mae.decoder.embed(mae.encoder.norm(mae.encoder.transformer(visible)))
    gaps = mae.decoder.mask_token.expand(B, tokens.shape[1] - x.shape[1], -1)
    x = torch.cat([x, gaps], 1).take_along_dim(back[..., None], 1)
    x = x + mae.decoder.pos_embed * mask[..., None]
    return mae.decoder.head(mae.decoder.norm(mae.decoder.transformer(x))), mask


@wrong("06.4", "positions for the visible tokens alone")
def _(mae, pictures, noise):
    B = len(pictures)
    tokens = mae.encoder.embed(pictures)
    visible, mask, back = _random_masking(tokens, mae.ratio, noise)
    x = mae.decoder.embed(mae.encoder.norm(mae.encoder.transformer(visible)))
    gaps = mae.decoder.mask_token.expand(B, tokens.shape[1] - x.shape[1], -1)
    x = torch.cat([x, gaps], 1).take_along_dim(back[..., None], 1)
    x = x + mae.decoder.pos_embed * ~mask[..., None]
    return mae.decoder.head(mae.decoder.norm(mae.decoder.transformer(x))), mask


@wrong("06.4", "visible tokens, in the order of their noise, are put into the picture in its order")
def _(mae, pictures, noise):
    B = len(pictures)
    tokens = mae.encoder.embed(pictures)
    visible, mask, back = _random_masking(tokens, mae.ratio, noise)
    x = mae.decoder.embed(mae.encoder.norm(mae.encoder.transformer(visible)))
    full = mae.decoder.mask_token.repeat(*mask.shape, 1)
    full[~mask] = x.flatten(0, 1)
    x = full + mae.decoder.pos_embed
    return mae.decoder.head(mae.decoder.norm(mae.decoder.transformer(x))), mask


@wrong("06.4", "mask tokens stand at the visible places: the mask is inverted")
def _(mae, pictures, noise):
    B = len(pictures)
    tokens = mae.encoder.embed(pictures)
    visible, mask, back = _random_masking(tokens, mae.ratio, noise)
    x = mae.decoder.embed(mae.encoder.norm(mae.encoder.transformer(visible)))
    at = back.clamp(max=x.shape[1] - 1)
    x = x.take_along_dim(at[..., None], 1)
    x = torch.where(mask[..., None], x, mae.decoder.mask_token) + mae.decoder.pos_embed
    return mae.decoder.head(mae.decoder.norm(mae.decoder.transformer(x))), mask


@wrong("06.4", "the mask that is returned is inverted")
def _(mae, pictures, noise):
    B = len(pictures)
    tokens = mae.encoder.embed(pictures)
    visible, mask, back = _random_masking(tokens, mae.ratio, noise)
    x = mae.decoder.embed(mae.encoder.norm(mae.encoder.transformer(visible)))
    gaps = mae.decoder.mask_token.expand(B, tokens.shape[1] - x.shape[1], -1)
    x = torch.cat([x, gaps], 1).take_along_dim(back[..., None], 1)
    x = x + mae.decoder.pos_embed
    return mae.decoder.head(mae.decoder.norm(mae.decoder.transformer(x))), ~mask


@wrong("06.4", "the mask that is returned is shuffled")
def _(mae, pictures, noise):
    B = len(pictures)
    tokens = mae.encoder.embed(pictures)
    visible, mask, back = _random_masking(tokens, mae.ratio, noise)
    x = mae.decoder.embed(mae.encoder.norm(mae.encoder.transformer(visible)))
    gaps = mae.decoder.mask_token.expand(B, tokens.shape[1] - x.shape[1], -1)
    x = torch.cat([x, gaps], 1).take_along_dim(back[..., None], 1)
    x = x + mae.decoder.pos_embed
    mask = mask.gather(1, back.argsort(1))
    return mae.decoder.head(mae.decoder.norm(mae.decoder.transformer(x))), mask


@wrong("06.4", "ids_restore is returned in place of the mask")
def _(mae, pictures, noise):
    B = len(pictures)
    tokens = mae.encoder.embed(pictures)
    visible, mask, back = _random_masking(tokens, mae.ratio, noise)
    x = mae.decoder.embed(mae.encoder.norm(mae.encoder.transformer(visible)))
    gaps = mae.decoder.mask_token.expand(B, tokens.shape[1] - x.shape[1], -1)
    x = torch.cat([x, gaps], 1).take_along_dim(back[..., None], 1)
    x = x + mae.decoder.pos_embed
    return mae.decoder.head(mae.decoder.norm(mae.decoder.transformer(x))), back


@wrong("06.4", "the mask is returned first")
def _(mae, pictures, noise):
    B = len(pictures)
    tokens = mae.encoder.embed(pictures)
    visible, mask, back = _random_masking(tokens, mae.ratio, noise)
    x = mae.decoder.embed(mae.encoder.norm(mae.encoder.transformer(visible)))
    gaps = mae.decoder.mask_token.expand(B, tokens.shape[1] - x.shape[1], -1)
    x = torch.cat([x, gaps], 1).take_along_dim(back[..., None], 1)
    x = x + mae.decoder.pos_embed
    return mask, mae.decoder.head(mae.decoder.norm(mae.decoder.transformer(x)))


@wrong("06.4", "the mask is not returned")
def _(mae, pictures, noise):
    B = len(pictures)
    tokens = mae.encoder.embed(pictures)
    visible, mask, back = _random_masking(tokens, mae.ratio, noise)
    x = mae.decoder.embed(mae.encoder.norm(mae.encoder.transformer(visible)))
    gaps = mae.decoder.mask_token.expand(B, tokens.shape[1] - x.shape[1], -1)
    x = torch.cat([x, gaps], 1).take_along_dim(back[..., None], 1)
    x = x + mae.decoder.pos_embed
    return mae.decoder.head(mae.decoder.norm(mae.decoder.transformer(x)))


@wrong("06.4", "no_grad around the encoder: it never learns")
def _(mae, pictures, noise):
    with torch.no_grad():
        B = len(pictures)
        tokens = mae.encoder.embed(pictures)
        visible, mask, back = _random_masking(tokens, mae.ratio, noise)
        x = mae.encoder.norm(mae.encoder.transformer(visible))
    x = mae.decoder.embed(x)
    gaps = mae.decoder.mask_token.expand(B, tokens.shape[1] - x.shape[1], -1)
    x = torch.cat([x, gaps], 1).take_along_dim(back[..., None], 1)
    x = x + mae.decoder.pos_embed
    return mae.decoder.head(mae.decoder.norm(mae.decoder.transformer(x))), mask


@wrong("06.4", "the decoder gets detached tokens: the encoder never learns")
def _(mae, pictures, noise):
    B = len(pictures)
    tokens = mae.encoder.embed(pictures)
    visible, mask, back = _random_masking(tokens, mae.ratio, noise)
    x = mae.decoder.embed(mae.encoder.norm(mae.encoder.transformer(visible)).detach())
    gaps = mae.decoder.mask_token.expand(B, tokens.shape[1] - x.shape[1], -1)
    x = torch.cat([x, gaps], 1).take_along_dim(back[..., None], 1)
    x = x + mae.decoder.pos_embed
    return mae.decoder.head(mae.decoder.norm(mae.decoder.transformer(x))), mask


@wrong("06.4", "new noise is drawn: the given one is not used")
def _(mae, pictures, noise):
    noise = torch.rand_like(noise)
    B = len(pictures)
    tokens = mae.encoder.embed(pictures)
    visible, mask, back = _random_masking(tokens, mae.ratio, noise)
    x = mae.decoder.embed(mae.encoder.norm(mae.encoder.transformer(visible)))
    gaps = mae.decoder.mask_token.expand(B, tokens.shape[1] - x.shape[1], -1)
    x = torch.cat([x, gaps], 1).take_along_dim(back[..., None], 1)
    x = x + mae.decoder.pos_embed
    return mae.decoder.head(mae.decoder.norm(mae.decoder.transformer(x))), mask


@wrong("06.4", "1 - ratio is handed on as the ratio")
def _(mae, pictures, noise):
    B = len(pictures)
    tokens = mae.encoder.embed(pictures)
    visible, mask, back = _random_masking(tokens, 1 - mae.ratio, noise)
    x = mae.decoder.embed(mae.encoder.norm(mae.encoder.transformer(visible)))
    gaps = mae.decoder.mask_token.expand(B, tokens.shape[1] - x.shape[1], -1)
    x = torch.cat([x, gaps], 1).take_along_dim(back[..., None], 1)
    x = x + mae.decoder.pos_embed
    return mae.decoder.head(mae.decoder.norm(mae.decoder.transformer(x))), mask


@wrong("06.4", "the encoder sees all places, with zeros where covered")
def _(mae, pictures, noise):
    B = len(pictures)
    tokens = mae.encoder.embed(pictures)
    visible, mask, back = _random_masking(tokens, mae.ratio, noise)
    tokens = tokens.masked_fill(mask[..., None], 0)
    x = mae.decoder.embed(mae.encoder.norm(mae.encoder.transformer(tokens)))
    x = torch.where(mask[..., None], mae.decoder.mask_token, x) + mae.decoder.pos_embed
    return mae.decoder.head(mae.decoder.norm(mae.decoder.transformer(x))), mask


@wrong("06.4", "covered places go through the encoder, and no mask token is used")
def _(mae, pictures, noise):
    B = len(pictures)
    tokens = mae.encoder.embed(pictures)
    visible, mask, back = _random_masking(tokens, mae.ratio, noise)
    x = mae.encoder.transformer(tokens.masked_fill(mask[..., None], 0))
    x = mae.decoder.embed(mae.encoder.norm(x)) + mae.decoder.pos_embed
    return mae.decoder.head(mae.decoder.norm(mae.decoder.transformer(x))), mask


@wrong("06.4", "the decoder sees the embedded covered tokens in place of mask tokens")
def _(mae, pictures, noise):
    B = len(pictures)
    tokens = mae.encoder.embed(pictures)
    visible, mask, back = _random_masking(tokens, mae.ratio, noise)
    x = mae.decoder.embed(mae.encoder.norm(mae.encoder.transformer(visible)))
    gaps = mae.decoder.embed(tokens.take_along_dim(back.argsort(1)[:, x.shape[1] :, None], 1))
    x = torch.cat([x, gaps], 1).take_along_dim(back[..., None], 1) + mae.decoder.pos_embed
    return mae.decoder.head(mae.decoder.norm(mae.decoder.transformer(x))), mask


@wrong("06.4", "the first picture's order is undone in all pictures")
def _(mae, pictures, noise):
    B = len(pictures)
    tokens = mae.encoder.embed(pictures)
    visible, mask, back = _random_masking(tokens, mae.ratio, noise)
    x = mae.decoder.embed(mae.encoder.norm(mae.encoder.transformer(visible)))
    gaps = mae.decoder.mask_token.expand(B, tokens.shape[1] - x.shape[1], -1)
    x = torch.cat([x, gaps], 1)[:, back[0]] + mae.decoder.pos_embed
    return mae.decoder.head(mae.decoder.norm(mae.decoder.transformer(x))), mask


@wrong("06.4", "the decoder sees the visible tokens alone: no gaps")
def _(mae, pictures, noise):
    B = len(pictures)
    tokens = mae.encoder.embed(pictures)
    visible, mask, back = _random_masking(tokens, mae.ratio, noise)
    x = mae.decoder.embed(mae.encoder.norm(mae.encoder.transformer(visible)))
    x = x + mae.decoder.pos_embed[: x.shape[1]]
    return mae.decoder.head(mae.decoder.norm(mae.decoder.transformer(x))), mask


@wrong("06.4", "one mask token for all gaps together: the list is too short")
def _(mae, pictures, noise):
    B = len(pictures)
    tokens = mae.encoder.embed(pictures)
    visible, mask, back = _random_masking(tokens, mae.ratio, noise)
    x = mae.decoder.embed(mae.encoder.norm(mae.encoder.transformer(visible)))
    gaps = mae.decoder.mask_token.expand(B, 1, -1)
    x = torch.cat([x, gaps], 1)
    x = x.take_along_dim(back.clamp(max=x.shape[1] - 1)[..., None], 1)[:, : x.shape[1]]
    x = x + mae.decoder.pos_embed[: x.shape[1]]
    return mae.decoder.head(mae.decoder.norm(mae.decoder.transformer(x))), mask


@wrong("06.4", "the visible places of the prediction are set to 0")
def _(mae, pictures, noise):
    B = len(pictures)
    tokens = mae.encoder.embed(pictures)
    visible, mask, back = _random_masking(tokens, mae.ratio, noise)
    x = mae.decoder.embed(mae.encoder.norm(mae.encoder.transformer(visible)))
    gaps = mae.decoder.mask_token.expand(B, tokens.shape[1] - x.shape[1], -1)
    x = torch.cat([x, gaps], 1).take_along_dim(back[..., None], 1)
    x = mae.decoder.norm(mae.decoder.transformer(x + mae.decoder.pos_embed))
    return mae.decoder.head(x) * mask[..., None], mask


@wrong("06.4", "embed is skipped: the pictures are masked as if they were tokens")
def _(mae, pictures, noise):
    visible, mask, back = _random_masking(pictures.flatten(2), mae.ratio, noise)
    x = mae.decoder.embed(mae.encoder.norm(mae.encoder.transformer(visible)))
    return mae.decoder.head(mae.decoder.norm(mae.decoder.transformer(x))), mask


@wrong("06.4", "the list is read V places too far: ids_restore + V")
def _(mae, pictures, noise):
    B = len(pictures)
    tokens = mae.encoder.embed(pictures)
    visible, mask, back = _random_masking(tokens, mae.ratio, noise)
    x = mae.decoder.embed(mae.encoder.norm(mae.encoder.transformer(visible)))
    gaps = mae.decoder.mask_token.expand(B, tokens.shape[1] - x.shape[1], -1)
    at = (back + x.shape[1]) % back.shape[1]
    x = torch.cat([x, gaps], 1).take_along_dim(at[..., None], 1) + mae.decoder.pos_embed
    return mae.decoder.head(mae.decoder.norm(mae.decoder.transformer(x))), mask


@wrong("06.4", "the prediction is left in the shuffled order")
def _(mae, pictures, noise):
    B = len(pictures)
    tokens = mae.encoder.embed(pictures)
    visible, mask, back = _random_masking(tokens, mae.ratio, noise)
    x = mae.decoder.embed(mae.encoder.norm(mae.encoder.transformer(visible)))
    x = torch.cat([x, mae.decoder.mask_token.expand(B, mask[0].sum(), -1)], 1)
    x = x + mae.decoder.pos_embed[back.argsort(1)]
    return mae.decoder.head(mae.decoder.norm(mae.decoder.transformer(x))), mask


@wrong("06.4", "ratio always 0.75: that of mae is not used")
def _(mae, pictures, noise):
    B = len(pictures)
    tokens = mae.encoder.embed(pictures)
    visible, mask, back = _random_masking(tokens, 0.75, noise)
    x = mae.decoder.embed(mae.encoder.norm(mae.encoder.transformer(visible)))
    gaps = mae.decoder.mask_token.expand(B, tokens.shape[1] - x.shape[1], -1)
    x = torch.cat([x, gaps], 1).take_along_dim(back[..., None], 1)
    x = x + mae.decoder.pos_embed
    return mae.decoder.head(mae.decoder.norm(mae.decoder.transformer(x))), mask


@wrong("06.4", "the largest noise stays")
def _(mae, pictures, noise):
    B = len(pictures)
    tokens = mae.encoder.embed(pictures)
    visible, mask, back = _random_masking(tokens, mae.ratio, -noise)
    x = mae.decoder.embed(mae.encoder.norm(mae.encoder.transformer(visible)))
    gaps = mae.decoder.mask_token.expand(B, tokens.shape[1] - x.shape[1], -1)
    x = torch.cat([x, gaps], 1).take_along_dim(back[..., None], 1)
    x = x + mae.decoder.pos_embed
    return mae.decoder.head(mae.decoder.norm(mae.decoder.transformer(x))), mask
