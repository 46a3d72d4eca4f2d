# ruff: noqa
# pyright: basic, reportPrivateImportUsage=false, reportAttributeAccessIssue=false, reportOperatorIssue=false, reportArgumentType=false, reportCallIssue=false, reportIndexIssue=false, reportOptionalMemberAccess=false, reportReturnType=false
"""Answers to the exercises of chapter 06 as students give them: right ones, and wrong ones with what is wrong."""

import math

import numpy as np
import torch
import torch.nn.functional as F
from einops import rearrange, repeat

from ._answer import right, wrong

# 06.1: random_masking(tokens, ratio, noise)


@wrong("06.1", "the tokens with the largest noise stay")
def _(tokens, ratio, noise):
    B, N, D = tokens.shape
    V = int(N * (1 - ratio))
    order = noise.argsort(1, descending=True)
    ids_restore = order.argsort(1)
    visible = tokens.gather(1, order[:, :V, None].expand(-1, -1, D))
    return visible, ids_restore >= V, ids_restore


@wrong("06.1", "the mask is True where visible")
def _(tokens, ratio, noise):
    B, N, D = tokens.shape
    V = int(N * (1 - ratio))
    order = noise.argsort(1)
    ids_restore = order.argsort(1)
    visible = tokens.gather(1, order[:, :V, None].expand(-1, -1, D))
    return visible, ids_restore < V, ids_restore


@wrong("06.1", "ids_restore is the order of the noise itself, not the place of each token in it")
def _(tokens, ratio, noise):
    B, N, D = tokens.shape
    V = int(N * (1 - ratio))
    ids = noise.argsort(1)
    mask = torch.ones(B, N, dtype=torch.bool)
    mask.scatter_(1, ids[:, :V], False)
    return tokens.gather(1, ids[:, :V, None].expand(-1, -1, D)), mask, ids


@wrong("06.1", "the mask is not brought back to the picture's order: the last N − V patches are always covered")
def _(tokens, ratio, noise):
    B, N, D = tokens.shape
    len_keep = int(N * (1 - ratio))
    ids_shuffle = torch.argsort(noise, dim=1)
    ids_restore = torch.argsort(ids_shuffle, dim=1)
    ids_keep = ids_shuffle[:, :len_keep]
    x_masked = torch.gather(tokens, dim=1, index=ids_keep.unsqueeze(-1).repeat(1, 1, D))
    mask = torch.ones([B, N], dtype=torch.bool)
    mask[:, :len_keep] = False
    return x_masked, mask, ids_restore


@wrong("06.1", "the mask is reordered with ids_shuffle in place of ids_restore")
def _(tokens, ratio, noise):
    B, N, D = tokens.shape
    len_keep = int(N * (1 - ratio))
    ids_shuffle = torch.argsort(noise, dim=1)
    ids_restore = torch.argsort(ids_shuffle, dim=1)
    x_masked = torch.gather(tokens, 1, ids_shuffle[:, :len_keep].unsqueeze(-1).repeat(1, 1, D))
    mask = torch.ones(B, N, dtype=torch.bool)
    mask[:, :len_keep] = False
    return x_masked, torch.gather(mask, 1, ids_shuffle), ids_restore


@wrong("06.1", "the visible tokens come in the picture's order, not in the order of their noise")
def _(tokens, ratio, noise):
    B, N, D = tokens.shape
    V = int(N * (1 - ratio))
    rank = noise.argsort(1).argsort(1)
    mask = rank >= V
    return tokens[~mask].reshape(B, V, D), mask, rank


@wrong("06.1", "N − int(N · ratio) tokens stay: one too many where N · ratio is no whole number")
def _(tokens, ratio, noise):
    B, N, D = tokens.shape
    V = N - int(N * ratio)
    order = noise.argsort(1)
    ids_restore = order.argsort(1)
    return tokens.take_along_dim(order[:, :V, None], 1), ids_restore >= V, ids_restore


@wrong("06.1", "V is rounded up")
def _(tokens, ratio, noise):
    N = tokens.shape[1]
    V = math.ceil(N * (1 - ratio))
    order = noise.argsort(1)
    ids_restore = order.argsort(1)
    return tokens.take_along_dim(order[:, :V, None], 1), ids_restore >= V, ids_restore


@wrong("06.1", "the ratio is taken for the share that stays")
def _(tokens, ratio, noise):
    B, N, D = tokens.shape
    keep = int(N * ratio)
    order = noise.argsort(1)
    ids_restore = order.argsort(1)
    return tokens.gather(1, order[:, :keep, None].expand(-1, -1, D)), ids_restore >= keep, ids_restore


@wrong("06.1", "the mask holds the numbers 0 and 1 in place of bool, as in MAE's published code")
def _(tokens, ratio, noise):
    N, L, D = tokens.shape
    len_keep = int(L * (1 - ratio))
    ids_shuffle = torch.argsort(noise, dim=1)
    ids_restore = torch.argsort(ids_shuffle, dim=1)
    ids_keep = ids_shuffle[:, :len_keep]
    x_masked = torch.gather(tokens, dim=1, index=ids_keep.unsqueeze(-1).repeat(1, 1, D))
    mask = torch.ones([N, L], device=tokens.device)
    mask[:, :len_keep] = 0
    mask = torch.gather(mask, dim=1, index=ids_restore)
    return x_masked, mask, ids_restore


@wrong("06.1", "ids_restore is int32")
def _(tokens, ratio, noise):
    B, N, D = tokens.shape
    V = int(N * (1 - ratio))
    order = np.argsort(noise.numpy(), axis=1)
    restore = torch.tensor(np.argsort(order, axis=1), dtype=torch.int32)
    visible = torch.stack([tokens[b, order[b, :V].tolist()] for b in range(B)])
    return visible, restore >= V, restore


@wrong("06.1", "ids_restore is a tensor of floats")
def _(tokens, ratio, noise):
    B, N, D = tokens.shape
    V = int(N * (1 - ratio))
    restore = torch.zeros(B, N)
    visible = []
    for b in range(B):
        order = torch.argsort(noise[b])
        for place, token in enumerate(order):
            restore[b, token] = place
        visible.append(tokens[b, order[:V]])
    return torch.stack(visible), restore >= V, restore


@wrong("06.1", "the noise is sorted along the batch")
def _(tokens, ratio, noise):
    B, N, D = tokens.shape
    V = int(N * (1 - ratio))
    order = noise.argsort(0)
    restore = order.argsort(0)
    return tokens.gather(1, order[:, :V, None].expand(-1, -1, D)), restore >= V, restore


@wrong("06.1", "the first picture's noise decides for all pictures")
def _(tokens, ratio, noise):
    B, N, D = tokens.shape
    V = int(N * (1 - ratio))
    order = noise[0].argsort()
    restore = order.argsort().expand(B, N)
    return tokens[:, order[:V]], restore >= V, restore


@wrong("06.1", "draws its own noise")
def _(tokens, ratio, noise):
    B, N, D = tokens.shape
    V = int(N * (1 - ratio))
    noise = torch.rand(B, N, device=tokens.device)
    order = noise.argsort(1)
    restore = order.argsort(1)
    return tokens.gather(1, order[:, :V, None].expand(-1, -1, D)), restore >= V, restore


@wrong("06.1", "covers where the noise is above 1 − ratio: not the same number in each picture")
def _(tokens, ratio, noise):
    mask = noise > 1 - ratio
    restore = noise.argsort(1).argsort(1)
    visible = [t[n.argsort()][: int((~m).sum())] for t, n, m in zip(tokens, noise, mask)]
    return torch.nn.utils.rnn.pad_sequence(visible, batch_first=True), mask, restore


@wrong("06.1", "the threshold is a quantile, which lets one token too many through for some N")
def _(tokens, ratio, noise):
    B, N, D = tokens.shape
    limit = noise.quantile(1 - ratio, dim=1, keepdim=True)
    mask = noise > limit
    V = int((~mask[0]).sum())
    order = noise.argsort(1)
    return tokens.take_along_dim(order[:, :V, None], 1), mask, order.argsort(1)


@wrong("06.1", "the places are those in a list sorted by the picture's order, not by the noise")
def _(tokens, ratio, noise):
    B, N, D = tokens.shape
    V = int(N * (1 - ratio))
    order = noise.argsort(1)
    mask = torch.ones(B, N).scatter(1, order[:, :V], 0).bool()
    restore = torch.argsort(torch.argsort(mask.int(), dim=1, stable=True), dim=1)
    return tokens.take_along_dim(order[:, :V, None], 1), mask, restore


@wrong("06.1", "made by NumPy from detached tokens: no gradient flows back to them")
def _(tokens, ratio, noise):
    x, n = tokens.detach().numpy(), noise.numpy()
    V = int(x.shape[1] * (1 - ratio))
    order = np.argsort(n, axis=1)
    restore = np.argsort(order, axis=1)
    visible = np.take_along_axis(x, order[:, :V, None], axis=1)
    return torch.from_numpy(visible), torch.from_numpy(restore >= V), torch.from_numpy(restore)


@wrong("06.1", "covered tokens are set to 0 in place of left out")
def _(tokens, ratio, noise):
    V = int(tokens.shape[1] * (1 - ratio))
    restore = noise.argsort(1).argsort(1)
    mask = restore >= V
    return tokens.masked_fill(mask[..., None], 0), mask, restore


@wrong("06.1", "gather without the index spread over D: only the first number of each token")
def _(tokens, ratio, noise):
    V = int(tokens.shape[1] * (1 - ratio))
    order = noise.argsort(1)
    restore = order.argsort(1)
    return tokens.gather(1, order[:, :V].unsqueeze(-1)), restore >= V, restore


@wrong("06.1", "tokens[:, ids] takes every picture's choice from every picture: (B, B, V, D)")
def _(tokens, ratio, noise):
    V = int(tokens.shape[1] * (1 - ratio))
    order = noise.argsort(1)
    restore = order.argsort(1)
    return tokens[:, order[:, :V]], restore >= V, restore


@wrong("06.1", "mask and ids_restore are exchanged in what is returned")
def _(tokens, ratio, noise):
    V = int(tokens.shape[1] * (1 - ratio))
    order = noise.argsort(1)
    restore = order.argsort(1)
    return tokens.take_along_dim(order[:, :V, None], 1), restore, restore >= V


@wrong("06.1", "every covered token gets the same place V")
def _(tokens, ratio, noise):
    V = int(tokens.shape[1] * (1 - ratio))
    order = noise.argsort(1)
    restore = order.argsort(1).clamp(max=V)
    return tokens.take_along_dim(order[:, :V, None], 1), restore >= V, restore


@wrong("06.1", "the places are counted from 1")
def _(tokens, ratio, noise):
    V = int(tokens.shape[1] * (1 - ratio))
    order = noise.argsort(1)
    restore = order.argsort(1) + 1
    return tokens.take_along_dim(order[:, :V, None], 1), restore > V, restore


@wrong("06.1", "> in place of >=: the mask leaves one token too many uncovered")
def _(tokens, ratio, noise):
    V = int(tokens.shape[1] * (1 - ratio))
    order = noise.argsort(1)
    restore = order.argsort(1)
    return tokens.take_along_dim(order[:, :V, None], 1), restore > V, restore


@wrong("06.1", "gives back the covered tokens in place of the visible ones")
def _(tokens, ratio, noise):
    V = int(tokens.shape[1] * (1 - ratio))
    order = noise.argsort(1)
    restore = order.argsort(1)
    return tokens.take_along_dim(order[:, V:, None], 1), restore >= V, restore


@wrong("06.1", "the tokens are taken by ids_restore")
def _(tokens, ratio, noise):
    B, N, D = tokens.shape
    V = int(N * (1 - ratio))
    restore = noise.argsort(1).argsort(1)
    return tokens.gather(1, restore[:, :V, None].expand(-1, -1, D)), restore >= V, restore


@wrong("06.1", "the covered tokens stand before the visible ones in the list")
def _(tokens, ratio, noise):
    B, N, D = tokens.shape
    V = int(N * (1 - ratio))
    order = noise.argsort(1)
    restore = torch.cat([order[:, V:], order[:, :V]], 1).argsort(1)
    mask = restore < N - V
    return tokens.take_along_dim(order[:, :V, None], 1), mask, restore


@wrong("06.1", "topk takes the largest noise")
def _(tokens, ratio, noise):
    B, N, D = tokens.shape
    V = int(N * (1 - ratio))
    order = noise.topk(N).indices
    mask = torch.ones_like(noise, dtype=torch.bool).scatter(1, order[:, :V], False)
    return tokens.take_along_dim(order[:, :V, None], 1), mask, order.argsort(1)


@wrong("06.1", "the right tokens, from the largest noise among them to the smallest")
def _(tokens, ratio, noise):
    V = int(tokens.shape[1] * (1 - ratio))
    keep = (-noise).topk(V).indices.flip(1)
    restore = noise.argsort(1).argsort(1)
    return tokens.take_along_dim(keep[..., None], 1), restore >= V, restore


@wrong("06.1", "raises: a slice with a number that is not whole")
def _(tokens, ratio, noise):
    V = tokens.shape[1] * (1 - ratio)
    order = noise.argsort(1)
    restore = order.argsort(1)
    return tokens.take_along_dim(order[:, :V, None], 1), restore >= V, restore


@right("06.1")
def _(tokens, ratio, noise):
    # Loops, as one says it
    B, N, D = tokens.shape
    V = int(N * (1 - ratio))
    visible, mask, ids_restore = [], torch.ones(B, N, dtype=torch.bool), torch.zeros(B, N, dtype=torch.long)
    for b in range(B):
        order = sorted(range(N), key=lambda i: noise[b, i].item())
        for place, i in enumerate(order):
            ids_restore[b, i] = place
            if place < V:
                mask[b, i] = False
        visible.append(tokens[b, order[:V]])
    return torch.stack(visible), mask, ids_restore


@right("06.1")
def _(tokens, ratio, noise):
    # MAE's published code, and bool at the end
    N, L, D = tokens.shape
    len_keep = int(L * (1 - ratio))
    ids_shuffle = torch.argsort(noise, dim=1)
    ids_restore = torch.argsort(ids_shuffle, dim=1)
    ids_keep = ids_shuffle[:, :len_keep]
    x_masked = torch.gather(tokens, dim=1, index=ids_keep.unsqueeze(-1).repeat(1, 1, D))
    mask = torch.ones([N, L], device=tokens.device)
    mask[:, :len_keep] = 0
    mask = torch.gather(mask, dim=1, index=ids_restore)
    return x_masked, mask.bool(), ids_restore


@right("06.1")
def _(tokens, ratio, noise):
    # Ranks by counting, tokens by a matrix of 0 and 1
    N = tokens.shape[1]
    V = int(N * (1 - ratio))
    rank = (noise[:, None, :] < noise[:, :, None]).sum(2)
    choose = F.one_hot(rank, N)[:, :, :V].to(tokens.dtype)
    return torch.einsum("bnv,bnd->bvd", choose, tokens), ~(rank < V), rank


@right("06.1")
def _(tokens, ratio, noise):
    # NumPy for the order, PyTorch for the tokens
    B, N, D = tokens.shape
    V = int(N * (1 - ratio))
    order = np.argsort(noise.cpu().numpy(), axis=-1)
    place = np.empty_like(order)
    np.put_along_axis(place, order, np.broadcast_to(np.arange(N), (B, N)), axis=-1)
    visible = tokens[np.arange(B)[:, None], order[:, :V]]
    return visible, torch.from_numpy(place >= V), torch.from_numpy(place).long()


@right("06.1")
def _(tokens, ratio, noise):
    # topk and scatter
    B, N, D = tokens.shape
    V = int(N * (1 - ratio))
    ids = noise.topk(N, largest=False, sorted=True).indices
    ids_restore = torch.empty_like(ids).scatter_(1, ids, torch.arange(N, device=ids.device).repeat(B, 1))
    mask = torch.ones_like(noise, dtype=torch.bool).scatter_(1, ids[:, :V], False)
    return tokens.gather(1, repeat(ids[:, :V], "b v -> b v d", d=D)), mask, ids_restore


@right("06.1")
def _(tokens, ratio, noise):
    # One picture after the other
    V = int(tokens.shape[1] * (1 - ratio))

    def one(x, n):
        ids = n.sort().indices
        back = ids.sort().indices
        return x[ids][:V], back >= V, back

    return tuple(torch.stack(list(part)) for part in zip(*map(one, tokens, noise)))


# 06.2: straight_through(z, codebook)


@wrong("06.2", "the code alone: no gradient reaches z, and the codebook gets it")
def _(z, codebook):
    return codebook[torch.cdist(z, codebook).argmin(1)]


@wrong("06.2", "the detached code: no gradient at all")
def _(z, codebook):
    return codebook[torch.cdist(z, codebook).argmin(1)].detach()


@wrong("06.2", "nothing is detached: z cancels itself, its gradient is 0")
def _(z, codebook):
    quantized = codebook[torch.cdist(z, codebook).argmin(1)]
    return z + (quantized - z)


@wrong("06.2", "the code is not detached: the codebook gets a gradient too")
def _(z, codebook):
    quantized = codebook[torch.cdist(z, codebook).argmin(1)]
    return z + quantized - z.detach()


@wrong("06.2", "the trick the wrong way round: its value is z, its gradient goes to the codebook")
def _(z, codebook):
    quantized = codebook[torch.cdist(z, codebook).argmin(1)]
    return quantized + (z - quantized).detach()


@wrong("06.2", "the other z is detached: the gradient has the wrong sign")
def _(z, codebook):
    code = codebook[torch.cdist(z, codebook).argmin(1)].detach()
    return z.detach() + (code - z)


@wrong("06.2", "everything is detached: the value is right, and no gradient comes to z")
def _(z, codebook):
    code = codebook[torch.cdist(z, codebook).argmin(1)]
    return z.detach() + (code - z).detach()


@wrong("06.2", "under no_grad, so z gets no gradient")
def _(z, codebook):
    with torch.no_grad():
        code = codebook[torch.cdist(z, codebook).argmin(1)]
        return z + (code - z)


@wrong("06.2", "the farthest code")
def _(z, codebook):
    code = codebook[torch.cdist(z, codebook).argmax(1)]
    return z + (code - z).detach()


@wrong("06.2", "the code of the largest dot product, not of the smallest distance")
def _(z, codebook):
    code = codebook[(z @ codebook.T).argmax(1)]
    return z + (code - z).detach()


@wrong("06.2", "the code of the most similar direction (cosine), not the nearest")
def _(z, codebook):
    index = (F.normalize(z, dim=1) @ F.normalize(codebook, dim=1).t()).argmax(1)
    code = codebook[index]
    return z + (code - z).detach()


@wrong("06.2", "the smallest sum of absolute differences, not the Euclidean distance")
def _(z, codebook):
    index = (z[:, None] - codebook[None]).abs().sum(-1).argmin(-1)
    return z + (codebook[index] - z).detach()


@wrong("06.2", "sums of differences without the square: the signs cancel")
def _(z, codebook):
    index = (z[:, None] - codebook[None]).sum(-1).argmin(-1)
    return z + (codebook[index] - z).detach()


@wrong("06.2", "the argmin over dimension 0 finds for each code a vector, not for each vector a code")
def _(z, codebook):
    code = codebook[torch.cdist(z, codebook).argmin(dim=0)]
    return z + (code - z).detach()


@wrong("06.2", "the numbers of the codes, not the codes")
def _(z, codebook):
    return torch.cdist(z, codebook).argmin(1)


@wrong("06.2", "the distances, not the codes")
def _(z, codebook):
    return torch.cdist(z, codebook).min(1).values


@wrong("06.2", "a mixture of all codes by softmax in place of the nearest")
def _(z, codebook):
    code = F.softmax(-torch.cdist(z, codebook), dim=1) @ codebook
    return z + (code - z).detach()


@wrong("06.2", "the slope of a softmax in place of the identity")
def _(z, codebook):
    codebook = codebook.detach()
    distance = torch.cdist(z, codebook)
    soft = F.softmax(-distance, dim=1)
    hard = F.one_hot(distance.argmin(1), len(codebook)).to(z.dtype)
    return (soft + (hard - soft).detach()) @ codebook


@wrong("06.2", "halfway between z and its code")
def _(z, codebook):
    code = codebook[torch.cdist(z, codebook).argmin(1)].detach()
    return (z + code) / 2


@wrong("06.2", "the commitment cost 0.25 scales the gradient")
def _(z, codebook):
    code = codebook[torch.cdist(z, codebook).argmin(1)].detach()
    return code + 0.25 * (z - z.detach())


@wrong("06.2", "returns the index too, as VQ-VAE code does")
def _(z, codebook):
    index = torch.cdist(z, codebook).argmin(1)
    return z + (codebook[index] - z).detach(), index


@wrong("06.2", "returns the VQ-VAE's loss too")
def _(z, codebook):
    quantized = F.embedding(torch.cdist(z, codebook).argmin(1), codebook)
    loss = F.mse_loss(quantized.detach(), z) * 0.25 + F.mse_loss(quantized, z.detach())
    return loss, z + (quantized - z).detach()


@wrong("06.2", "the expanded square lacks the factor 2")
def _(z, codebook):
    d = z.pow(2).sum(1, keepdim=True) + codebook.pow(2).sum(1) - z @ codebook.t()
    code = codebook[d.argmin(1)]
    return z + (code - z).detach()


@wrong("06.2", "the expanded square lacks the codes' own length")
def _(z, codebook):
    d = z.pow(2).sum(1, keepdim=True) - 2 * z @ codebook.t()
    code = codebook[d.argmin(1)]
    return z + (code - z).detach()


@wrong("06.2", "plus in place of minus in the expanded square")
def _(z, codebook):
    d = z.pow(2).sum(1, keepdim=True) + codebook.pow(2).sum(1) + 2 * z @ codebook.t()
    code = codebook[d.argmin(1)]
    return z + (code - z).detach()


@wrong("06.2", "codes of length 1 in place of the codebook's own")
def _(z, codebook):
    codes = F.normalize(codebook, dim=1)
    code = codes[torch.cdist(F.normalize(z, dim=1), codes).argmin(1)]
    return z + (code - z).detach()


@wrong("06.2", "made by NumPy: no gradient to z")
def _(z, codebook):
    a, b = z.detach().numpy(), codebook.detach().numpy()
    index = ((a[:, None] - b[None]) ** 2).sum(-1).argmin(1)
    return torch.from_numpy(b[index])


@wrong("06.2", "one code for all vectors: the nearest to their mean")
def _(z, codebook):
    index = (codebook - z.mean(0)).norm(dim=1).argmin()
    return z + (codebook[index] - z).detach()


@wrong("06.2", "each number by itself goes to the nearest number of the codes, not each vector")
def _(z, codebook):
    index = (z[:, None, :] - codebook[None]).abs().argmin(1)
    code = codebook.gather(0, index)
    return z + (code - z).detach()


class _Ones(torch.autograd.Function):
    @staticmethod
    def forward(ctx, z, codebook):
        return codebook[torch.cdist(z, codebook).argmin(1)]

    @staticmethod
    def backward(ctx, grad):
        return torch.ones_like(grad), None


@wrong("06.2", "its own backward gives 1 everywhere in place of the gradient that came")
def _(z, codebook):
    return _Ones.apply(z, codebook)


class _Clipped(torch.autograd.Function):
    @staticmethod
    def forward(ctx, z, codebook):
        ctx.save_for_backward(z)
        return codebook[torch.cdist(z, codebook).argmin(1)]

    @staticmethod
    def backward(ctx, grad):
        (z,) = ctx.saved_tensors
        return grad * (z.abs() <= 1), None


@wrong("06.2", "the gradient passes only where z lies between −1 and 1, as for binary networks")
def _(z, codebook):
    return _Clipped.apply(z, codebook)


class _Both(torch.autograd.Function):
    @staticmethod
    def forward(ctx, z, codebook):
        index = torch.cdist(z, codebook).argmin(1)
        ctx.save_for_backward(index, codebook)
        return codebook[index]

    @staticmethod
    def backward(ctx, grad):
        index, codebook = ctx.saved_tensors
        return grad, torch.zeros_like(codebook).index_add(0, index, grad)


@wrong("06.2", "its own backward hands the gradient to the codebook as well")
def _(z, codebook):
    return _Both.apply(z, codebook)


@wrong("06.2", "the code cancels itself: the value is still z")
def _(z, codebook):
    code = codebook[torch.cdist(z, codebook).argmin(1)]
    return z + (code - code.detach())


@wrong("06.2", "the difference is not added to z: only the detached step")
def _(z, codebook):
    code = codebook[torch.cdist(z, codebook).argmin(1)]
    return (code - z).detach()


@wrong("06.2", "multiplies by the detached ratio of code and z: the gradient is scaled by it")
def _(z, codebook):
    code = codebook[torch.cdist(z, codebook).argmin(1)]
    return z * (code / z).detach()


@right("06.2")
def _(z, codebook):
    # The reference's other form: a 0 with a slope
    code = codebook[torch.cdist(z, codebook).argmin(1)]
    return code.detach() + z - z.detach()


@right("06.2")
def _(z, codebook):
    # Loops
    rows = []
    for vector in z:
        best, smallest = None, float("inf")
        for code in codebook:
            distance = ((vector - code) ** 2).sum().item()
            if distance < smallest:
                best, smallest = code, distance
        rows.append(vector + (best - vector).detach())
    return torch.stack(rows)


class _Identity(torch.autograd.Function):
    @staticmethod
    def forward(ctx, z, codebook):
        return codebook[(z.unsqueeze(1) - codebook).norm(dim=2).min(1).indices]

    @staticmethod
    def backward(ctx, grad):
        return grad, None


@right("06.2")
def _(z, codebook):
    # An own backward
    return _Identity.apply(z, codebook)


@right("06.2")
def _(z, codebook):
    # VQ-VAE code from a blog
    distances = torch.sum(z**2, dim=1, keepdim=True) + torch.sum(codebook**2, dim=1) - 2 * torch.matmul(z, codebook.t())
    encoding_indices = torch.argmin(distances, dim=1).unsqueeze(1)
    encodings = torch.zeros(encoding_indices.shape[0], codebook.shape[0], dtype=z.dtype)
    encodings.scatter_(1, encoding_indices, 1)
    quantized = torch.matmul(encodings, codebook).view(z.shape)
    return z + (quantized - z).detach()


@right("06.2")
def _(z, codebook):
    # NumPy chooses
    a, b = z.detach().cpu().numpy(), codebook.detach().cpu().numpy()
    nearest = np.linalg.norm(a[:, None, :] - b[None, :, :], axis=-1).argmin(axis=1)
    step = torch.from_numpy(b[nearest] - a)
    return z + step


@right("06.2")
def _(z, codebook):
    # no_grad in place of detach
    with torch.no_grad():
        similarity = z @ codebook.T - codebook.square().sum(1) / 2
        step = F.embedding(similarity.topk(1).indices[:, 0], codebook) - z
    return z.add(step)


# 06.3: masked_loss(prediction, patches, mask)


@wrong("06.3", "over all patches: the mask is not used")
def _(prediction, patches, mask):
    return F.mse_loss(prediction, patches)


@wrong("06.3", "divided by all patches in place of the covered ones")
def _(prediction, patches, mask):
    error = (prediction - patches).square().mean(-1)
    return (error * mask).mean()


@wrong("06.3", "over the visible patches")
def _(prediction, patches, mask):
    return F.mse_loss(prediction[~mask], patches[~mask])


@wrong("06.3", "the sum over the numbers of a patch in place of their mean")
def _(prediction, patches, mask):
    error = ((prediction - patches) ** 2).sum(-1)
    return (error * mask).sum() / mask.sum()


@wrong("06.3", "a mean for each picture first, then over pictures: patches do not count alike")
def _(prediction, patches, mask):
    error = ((prediction - patches) ** 2).mean(dim=-1)
    return ((error * mask).sum(1) / mask.sum(1)).mean()


@wrong("06.3", "a loop over pictures and the mean of their losses: patches do not count alike")
def _(prediction, patches, mask):
    losses = [F.mse_loss(p[m], t[m]) for p, t, m in zip(prediction, patches, mask)]
    return sum(losses) / len(losses)


@wrong("06.3", "absolute differences in place of squares")
def _(prediction, patches, mask):
    return (prediction[mask] - patches[mask]).abs().mean()


@wrong("06.3", "the root of the mean square")
def _(prediction, patches, mask):
    return (prediction[mask] - patches[mask]).square().mean().sqrt()


@wrong("06.3", "the root of each patch's error")
def _(prediction, patches, mask):
    error = torch.norm(prediction - patches, dim=-1)
    return (error * mask).sum() / mask.sum()


@wrong("06.3", "a Python number, which cannot train anything")
def _(prediction, patches, mask):
    return ((prediction - patches) ** 2)[mask].mean().item()


@wrong("06.3", "a new tensor made of a number: no gradient")
def _(prediction, patches, mask):
    total, count = 0.0, 0
    for b in range(mask.shape[0]):
        for n in range(mask.shape[1]):
            if mask[b, n]:
                total += ((prediction[b, n] - patches[b, n]) ** 2).mean().item()
                count += 1
    return torch.tensor(total / count)


@wrong("06.3", "one number for each covered patch in place of their mean")
def _(prediction, patches, mask):
    return (prediction - patches).square().mean(-1)[mask]


@wrong("06.3", "one number for each picture")
def _(prediction, patches, mask):
    error = (prediction - patches).square().mean(-1)
    return (error * mask).sum(1) / mask.sum(1)


@wrong("06.3", "a tensor of shape (1,) in place of ()")
def _(prediction, patches, mask):
    error = (prediction - patches).square().mean(-1)
    return (error * mask).reshape(1, -1).sum(1) / mask.sum()


@wrong("06.3", "smooth L1 in place of the squared error")
def _(prediction, patches, mask):
    return F.smooth_l1_loss(prediction[mask], patches[mask])


@wrong("06.3", "only the prediction is masked: visible patches are compared with 0")
def _(prediction, patches, mask):
    error = (prediction * mask[..., None] - patches).square().mean(-1)
    return error.sum() / mask.sum()


@wrong("06.3", "both are masked, but the mean goes over everything")
def _(prediction, patches, mask):
    m = mask.unsqueeze(-1)
    return F.mse_loss(prediction * m, patches * m)


@wrong("06.3", "a sum over the covered patches, not divided by their number")
def _(prediction, patches, mask):
    error = (prediction - patches).square().mean(-1)
    return (error * mask).sum()


@wrong("06.3", "a mean over pictures of the sum over their covered patches")
def _(prediction, patches, mask):
    error = (prediction - patches).square().mean(-1)
    return error.masked_fill(~mask, 0).sum(1).mean()


@wrong("06.3", "patches are normalized first, as in MAE's norm_pix_loss")
def _(prediction, patches, mask):
    mean = patches.mean(dim=-1, keepdim=True)
    var = patches.var(dim=-1, keepdim=True)
    target = (patches - mean) / (var + 1.0e-6) ** 0.5
    loss = ((prediction - target) ** 2).mean(dim=-1)
    return (loss * mask).sum() / mask.sum()


@wrong("06.3", "the square is taken after the mean, so differences cancel")
def _(prediction, patches, mask):
    error = (prediction - patches).mean(-1).square()
    return (error * mask).sum() / mask.sum()


@wrong("06.3", "raises: 1 − mask does not work with bool")
def _(prediction, patches, mask):
    error = (prediction - patches).square().mean(-1)
    return (error - error * (1 - mask)).sum() / mask.sum()


@wrong("06.3", "raises: a mask (B, N) does not fit errors (B, N, P)")
def _(prediction, patches, mask):
    error = (prediction - patches) ** 2
    return (error * mask).sum() / mask.sum()


@wrong("06.3", "takes the number of covered patches of the first picture for all")
def _(prediction, patches, mask):
    error = (prediction - patches).square().mean(-1)
    return (error * mask).sum() / (len(mask) * mask[0].sum())


@wrong("06.3", "half of the squared error")
def _(prediction, patches, mask):
    return 0.5 * (prediction[mask] - patches[mask]).square().mean()


@wrong("06.3", "the mask as integers picks pictures 0 and 1, not patches")
def _(prediction, patches, mask):
    m = mask.long() % len(prediction)
    return ((prediction[m] - patches[m]) ** 2).mean()


@wrong("06.3", "1 is added to the number of covered patches against a division by 0")
def _(prediction, patches, mask):
    error = (prediction - patches).square().mean(-1)
    return (error * mask).sum() / (mask.sum() + 1)


@wrong("06.3", "the difference of squares in place of the square of the difference")
def _(prediction, patches, mask):
    error = (prediction**2 - patches**2).mean(-1)
    return error[mask].mean()


@wrong("06.3", "the prediction is detached: no gradient")
def _(prediction, patches, mask):
    p, t, m = prediction.detach().numpy(), patches.detach().numpy(), mask.numpy()
    return torch.tensor(((p - t) ** 2).mean(-1)[m].mean())


@wrong("06.3", "raises: NumPy takes no tensor that needs a gradient")
def _(prediction, patches, mask):
    error = ((prediction.numpy() - patches.numpy()) ** 2).mean(-1)
    return torch.tensor((error * mask.numpy()).sum() / mask.numpy().sum())


@wrong("06.3", "NaN for the visible patches, and a mean that does not leave NaN out")
def _(prediction, patches, mask):
    error = (prediction - patches).square().mean(-1)
    return error.masked_fill(~mask, float("nan")).mean()


@wrong("06.3", "covered and visible patches count alike: their two means are averaged")
def _(prediction, patches, mask):
    error = (prediction - patches).square().mean(-1)
    return (error[mask].mean() + error[~mask].mean()) / 2


@wrong("06.3", "the wrong sign: training would make the error larger")
def _(prediction, patches, mask):
    return -F.mse_loss(prediction[mask], patches[mask])


@right("06.3")
def _(prediction, patches, mask):
    # Boolean indices, one mean: all patches have P numbers
    return F.mse_loss(prediction[mask], patches[mask])


@right("06.3")
def _(prediction, patches, mask):
    # Loops
    errors = []
    for b in range(mask.shape[0]):
        for n in range(mask.shape[1]):
            if mask[b, n]:
                errors.append(((prediction[b, n] - patches[b, n]) ** 2).mean())
    return sum(errors) / len(errors)


@right("06.3")
def _(prediction, patches, mask):
    # MAE's published code
    loss = (prediction - patches) ** 2
    loss = loss.mean(dim=-1)
    mask = mask.to(loss.dtype)
    return (loss * mask).sum() / mask.sum()


@right("06.3")
def _(prediction, patches, mask):
    # A mean over everything, made larger by the share that is covered
    error = torch.where(mask[:, :, None], prediction - patches, 0.0)
    return error.pow(2).mean() / mask.to(error.dtype).mean()


@right("06.3")
def _(prediction, patches, mask):
    # einsum with weights that add up to 1
    difference = prediction - patches
    weights = mask.to(difference.dtype) / mask.sum() / difference.shape[-1]
    return torch.einsum("bnp,bnp,bn->", difference, difference, weights)


@right("06.3")
def _(prediction, patches, mask):
    # One long list of patches, and the numbers of the covered ones
    covered = mask.flatten().nonzero().squeeze(1)
    p = rearrange(prediction, "b n p -> (b n) p").index_select(0, covered)
    t = rearrange(patches, "b n p -> (b n) p").index_select(0, covered)
    return F.mse_loss(p, t, reduction="sum") / t.numel()


# 06.4: mae_forward(mae, pictures, noise)


def _random_masking(tokens, ratio, noise):
    count = int(tokens.shape[1] * (1 - ratio))
    ids_shuffle = noise.argsort(1)
    ids_restore = ids_shuffle.argsort(1)
    visible = tokens.gather(1, ids_shuffle[:, :count, None].expand(-1, -1, tokens.shape[2]))
    return visible, ids_restore >= count, ids_restore


def _encode(mae, pictures, noise):
    visible, mask, ids_restore = _random_masking(mae.encoder.embed(pictures), mae.ratio, noise)
    return mae.decoder.embed(mae.encoder.norm(mae.encoder.transformer(visible))), mask, ids_restore


def _fill(mae, x, ids_restore):
    gaps = mae.decoder.mask_token.expand(len(x), ids_restore.shape[1] - x.shape[1], -1)
    return torch.cat([x, gaps], 1).gather(1, ids_restore[:, :, None].expand(-1, -1, x.shape[2]))


def _decode(mae, x):
    return mae.decoder.head(mae.decoder.norm(mae.decoder.transformer(x)))


@wrong("06.4", "the encoder's norm is left out")
def _(mae, pictures, noise):
    x, mask, ids_restore = _random_masking(mae.encoder.embed(pictures), mae.ratio, noise)
    x = mae.decoder.embed(mae.encoder.transformer(x))
    return _decode(mae, _fill(mae, x, ids_restore) + mae.decoder.pos_embed), mask


@wrong("06.4", "the encoder's transformer is left out")
def _(mae, pictures, noise):
    x, mask, ids_restore = _random_masking(mae.encoder.embed(pictures), mae.ratio, noise)
    x = mae.decoder.embed(mae.encoder.norm(x))
    return _decode(mae, _fill(mae, x, ids_restore) + mae.decoder.pos_embed), mask


@wrong("06.4", "the encoder's norm comes before its transformer")
def _(mae, pictures, noise):
    x, mask, ids_restore = _random_masking(mae.encoder.embed(pictures), mae.ratio, noise)
    x = mae.decoder.embed(mae.encoder.transformer(mae.encoder.norm(x)))
    return _decode(mae, _fill(mae, x, ids_restore) + mae.decoder.pos_embed), mask


@wrong("06.4", "no positions in the decoder: all mask tokens are alike")
def _(mae, pictures, noise):
    x, mask, ids_restore = _encode(mae, pictures, noise)
    return _decode(mae, _fill(mae, x, ids_restore)), mask


@wrong("06.4", "tokens are not brought back to their places: visible first, then the mask tokens")
def _(mae, pictures, noise):
    x, mask, ids_restore = _encode(mae, pictures, noise)
    B, V, d = x.shape
    gaps = mae.decoder.mask_token.repeat(B, mask.shape[1] - V, 1)
    return _decode(mae, torch.cat([x, gaps], dim=1) + mae.decoder.pos_embed), mask


@wrong("06.4", "tokens are put by the order of the noise in place of by ids_restore")
def _(mae, pictures, noise):
    x, mask, ids_restore = _encode(mae, pictures, noise)
    return _decode(mae, _fill(mae, x, noise.argsort(1)) + mae.decoder.pos_embed), mask


@wrong("06.4", "positions are added before the tokens are at their places")
def _(mae, pictures, noise):
    x, mask, ids_restore = _encode(mae, pictures, noise)
    gaps = mae.decoder.mask_token.expand(len(x), mask.shape[1] - x.shape[1], -1)
    x = torch.cat([x, gaps], 1) + mae.decoder.pos_embed
    x = x.gather(1, ids_restore[..., None].expand(-1, -1, x.shape[2]))
    return _decode(mae, x), mask


@wrong("06.4", "only the mask tokens get positions")
def _(mae, pictures, noise):
    x, mask, ids_restore = _encode(mae, pictures, noise)
    x = _fill(mae, x, ids_restore)
    return _decode(mae, torch.where(mask[..., None], x + mae.decoder.pos_embed, x)), mask


@wrong("06.4", "only the visible tokens get positions")
def _(mae, pictures, noise):
    x, mask, ids_restore = _encode(mae, pictures, noise)
    x = _fill(mae, x, ids_restore)
    return _decode(mae, x + mae.decoder.pos_embed * (~mask)[..., None]), mask


@wrong("06.4", "positions are added after the decoder's transformer")
def _(mae, pictures, noise):
    x, mask, ids_restore = _encode(mae, pictures, noise)
    x = mae.decoder.transformer(_fill(mae, x, ids_restore)) + mae.decoder.pos_embed
    return mae.decoder.head(mae.decoder.norm(x)), mask


@wrong("06.4", "the encoder sees all tokens, and its results are covered afterwards")
def _(mae, pictures, noise):
    tokens = mae.encoder.norm(mae.encoder.transformer(mae.encoder.embed(pictures)))
    visible, mask, ids_restore = _random_masking(tokens, mae.ratio, noise)
    x = _fill(mae, mae.decoder.embed(visible), ids_restore)
    return _decode(mae, x + mae.decoder.pos_embed), mask


@wrong("06.4", "the encoder gets zeros for the covered tokens in place of the visible ones alone")
def _(mae, pictures, noise):
    tokens = mae.encoder.embed(pictures)
    _, mask, _ = _random_masking(tokens, mae.ratio, noise)
    tokens = mae.encoder.norm(mae.encoder.transformer(tokens * ~mask[..., None]))
    x = torch.where(mask[..., None], mae.decoder.mask_token, mae.decoder.embed(tokens))
    return _decode(mae, x + mae.decoder.pos_embed), mask


@wrong("06.4", "zeros in the gaps in place of the mask token")
def _(mae, pictures, noise):
    x, mask, ids_restore = _encode(mae, pictures, noise)
    B, V, d = x.shape
    x = torch.cat([x, torch.zeros(B, mask.shape[1] - V, d)], 1)
    x = x.gather(1, ids_restore[..., None].expand(-1, -1, d))
    return _decode(mae, x + mae.decoder.pos_embed), mask


@wrong("06.4", "random numbers in the gaps in place of the mask token")
def _(mae, pictures, noise):
    x, mask, ids_restore = _encode(mae, pictures, noise)
    full = torch.randn(len(x), mask.shape[1], x.shape[2])
    ids = ids_restore.argsort(1)[:, : x.shape[1]]
    full = full.scatter(1, ids[..., None].expand_as(x), x)
    return _decode(mae, full + mae.decoder.pos_embed), mask


@wrong("06.4", "the mean of the visible tokens in the gaps in place of the mask token")
def _(mae, pictures, noise):
    x, mask, ids_restore = _encode(mae, pictures, noise)
    gaps = x.mean(1, keepdim=True).expand(-1, mask.shape[1] - x.shape[1], -1)
    x = torch.cat([x, gaps], 1).take_along_dim(ids_restore[..., None], 1)
    return _decode(mae, x + mae.decoder.pos_embed), mask


@wrong("06.4", "the decoder's norm is left out")
def _(mae, pictures, noise):
    x, mask, ids_restore = _encode(mae, pictures, noise)
    x = mae.decoder.transformer(_fill(mae, x, ids_restore) + mae.decoder.pos_embed)
    return mae.decoder.head(x), mask


@wrong("06.4", "the decoder's transformer is left out: no token learns of the others")
def _(mae, pictures, noise):
    x, mask, ids_restore = _encode(mae, pictures, noise)
    x = _fill(mae, x, ids_restore) + mae.decoder.pos_embed
    return mae.decoder.head(mae.decoder.norm(x)), mask


@wrong("06.4", "the head is left out: tokens in place of pixels")
def _(mae, pictures, noise):
    x, mask, ids_restore = _encode(mae, pictures, noise)
    x = mae.decoder.transformer(_fill(mae, x, ids_restore) + mae.decoder.pos_embed)
    return mae.decoder.norm(x), mask


@wrong("06.4", "raises: the encoder's tokens are not brought to the decoder's width")
def _(mae, pictures, noise):
    x, mask, ids_restore = _random_masking(mae.encoder.embed(pictures), mae.ratio, noise)
    x = mae.encoder.norm(mae.encoder.transformer(x))
    return _decode(mae, _fill(mae, x, ids_restore) + mae.decoder.pos_embed), mask


@wrong("06.4", "raises: mask tokens of the decoder's width are joined to tokens of the encoder's")
def _(mae, pictures, noise):
    x, mask, ids_restore = _random_masking(mae.encoder.embed(pictures), mae.ratio, noise)
    x = mae.encoder.norm(mae.encoder.transformer(x))
    x = mae.decoder.embed(_fill(mae, x, ids_restore))
    return _decode(mae, x + mae.decoder.pos_embed), mask


@wrong("06.4", "the prediction alone, without the mask")
def _(mae, pictures, noise):
    x, mask, ids_restore = _encode(mae, pictures, noise)
    return _decode(mae, _fill(mae, x, ids_restore) + mae.decoder.pos_embed)


@wrong("06.4", "predictions of the covered patches only")
def _(mae, pictures, noise):
    x, mask, ids_restore = _encode(mae, pictures, noise)
    prediction = _decode(mae, _fill(mae, x, ids_restore) + mae.decoder.pos_embed)
    return prediction[mask].reshape(len(mask), -1, prediction.shape[2]), mask


@wrong("06.4", "predictions of visible patches are set to 0")
def _(mae, pictures, noise):
    x, mask, ids_restore = _encode(mae, pictures, noise)
    prediction = _decode(mae, _fill(mae, x, ids_restore) + mae.decoder.pos_embed)
    return prediction * mask[..., None], mask


@wrong("06.4", "the mask is turned round")
def _(mae, pictures, noise):
    x, mask, ids_restore = _encode(mae, pictures, noise)
    return _decode(mae, _fill(mae, x, ids_restore) + mae.decoder.pos_embed), ~mask


@wrong("06.4", "the mask in numbers in place of bool")
def _(mae, pictures, noise):
    x, mask, ids_restore = _encode(mae, pictures, noise)
    return _decode(mae, _fill(mae, x, ids_restore) + mae.decoder.pos_embed), mask.float()


@wrong("06.4", "returns ids_restore in place of the mask")
def _(mae, pictures, noise):
    x, mask, ids_restore = _encode(mae, pictures, noise)
    return _decode(mae, _fill(mae, x, ids_restore) + mae.decoder.pos_embed), ids_restore


@wrong("06.4", "draws its own noise")
def _(mae, pictures, noise):
    x, mask, ids_restore = _encode(mae, pictures, torch.rand_like(noise))
    return _decode(mae, _fill(mae, x, ids_restore) + mae.decoder.pos_embed), mask


@wrong("06.4", "the ratio is always 0.75 in place of mae.ratio")
def _(mae, pictures, noise):
    x, mask, ids_restore = _random_masking(mae.encoder.embed(pictures), 0.75, noise)
    x = mae.decoder.embed(mae.encoder.norm(mae.encoder.transformer(x)))
    return _decode(mae, _fill(mae, x, ids_restore) + mae.decoder.pos_embed), mask


@wrong("06.4", "1 − ratio is given to random_masking: another share is covered")
def _(mae, pictures, noise):
    x, mask, ids_restore = _random_masking(mae.encoder.embed(pictures), 1 - mae.ratio, noise)
    x = mae.decoder.embed(mae.encoder.norm(mae.encoder.transformer(x)))
    return _decode(mae, _fill(mae, x, ids_restore) + mae.decoder.pos_embed), mask


@wrong("06.4", "the encoder runs without gradients: it learns nothing")
def _(mae, pictures, noise):
    with torch.no_grad():
        x, mask, ids_restore = _random_masking(mae.encoder.embed(pictures), mae.ratio, noise)
        x = mae.encoder.norm(mae.encoder.transformer(x))
    x = _fill(mae, mae.decoder.embed(x), ids_restore)
    return _decode(mae, x + mae.decoder.pos_embed), mask


@wrong("06.4", "the visible tokens are detached before the decoder")
def _(mae, pictures, noise):
    x, mask, ids_restore = _encode(mae, pictures, noise)
    return _decode(mae, _fill(mae, x.detach(), ids_restore) + mae.decoder.pos_embed), mask


@wrong("06.4", "the first token is dropped for a class token, as in MAE's published code, and there is none")
def _(mae, pictures, noise):
    x, mask, ids_restore = _encode(mae, pictures, noise)
    mask_tokens = mae.decoder.mask_token.repeat(x.shape[0], ids_restore.shape[1] + 1 - x.shape[1], 1)
    x_ = torch.cat([x[:, 1:, :], mask_tokens], dim=1)
    x_ = torch.gather(x_, dim=1, index=ids_restore.unsqueeze(-1).repeat(1, 1, x.shape[2]))
    return _decode(mae, x_ + mae.decoder.pos_embed), mask


@wrong("06.4", "the first prediction is cut off as a class token's: N − 1 predictions")
def _(mae, pictures, noise):
    x, mask, ids_restore = _encode(mae, pictures, noise)
    prediction = _decode(mae, _fill(mae, x, ids_restore) + mae.decoder.pos_embed)
    return prediction[:, 1:, :], mask


@wrong("06.4", "tokens in the order of their noise are filled in the picture's order")
def _(mae, pictures, noise):
    x, mask, ids_restore = _encode(mae, pictures, noise)
    full = mae.decoder.mask_token.repeat(len(x), mask.shape[1], 1)
    full[~mask] = x.reshape(-1, x.shape[2])
    return _decode(mae, full + mae.decoder.pos_embed), mask


@wrong("06.4", "tokens taken in the picture's order are put back by ids_restore, which counts in the order of noise")
def _(mae, pictures, noise):
    tokens = mae.encoder.embed(pictures)
    _, mask, ids_restore = _random_masking(tokens, mae.ratio, noise)
    visible = tokens[~mask].reshape(len(tokens), -1, tokens.shape[2])
    x = mae.decoder.embed(mae.encoder.norm(mae.encoder.transformer(visible)))
    return _decode(mae, _fill(mae, x, ids_restore) + mae.decoder.pos_embed), mask


@wrong("06.4", "gather without the index spread over the width: one number for each token")
def _(mae, pictures, noise):
    x, mask, ids_restore = _encode(mae, pictures, noise)
    gaps = mae.decoder.mask_token.expand(len(x), mask.shape[1] - x.shape[1], -1)
    x = torch.cat([x, gaps], 1).gather(1, ids_restore.unsqueeze(-1))
    return _decode(mae, x + mae.decoder.pos_embed), mask


@wrong("06.4", "as many mask tokens as visible ones in place of N − V: raises where more than half is covered")
def _(mae, pictures, noise):
    x, mask, ids_restore = _encode(mae, pictures, noise)
    x = torch.cat([x, mae.decoder.mask_token.expand(x.shape)], 1)
    x = x.gather(1, ids_restore[..., None].expand(-1, -1, x.shape[2]))
    return _decode(mae, x + mae.decoder.pos_embed), mask


@wrong("06.4", "raises: writes into an expanded tensor, whose rows share their memory")
def _(mae, pictures, noise):
    x, mask, ids_restore = _encode(mae, pictures, noise)
    full = mae.decoder.mask_token.expand(len(x), mask.shape[1], -1)
    ids = ids_restore.argsort(1)[:, : x.shape[1]]
    full.scatter_(1, ids[..., None].expand_as(x), x)
    return _decode(mae, full + mae.decoder.pos_embed), mask


@wrong("06.4", "raises: noise and ratio are exchanged")
def _(mae, pictures, noise):
    x, mask, ids_restore = _random_masking(mae.encoder.embed(pictures), noise, mae.ratio)
    x = mae.decoder.embed(mae.encoder.norm(mae.encoder.transformer(x)))
    return _decode(mae, _fill(mae, x, ids_restore) + mae.decoder.pos_embed), mask


@wrong("06.4", "the mask tokens stand before the visible ones")
def _(mae, pictures, noise):
    x, mask, ids_restore = _encode(mae, pictures, noise)
    gaps = mae.decoder.mask_token.expand(len(x), mask.shape[1] - x.shape[1], -1)
    x = torch.cat([gaps, x], 1).gather(1, ids_restore[:, :, None].expand(-1, -1, x.shape[2]))
    return _decode(mae, x + mae.decoder.pos_embed), mask


@wrong("06.4", "the mask token is added to the visible tokens too")
def _(mae, pictures, noise):
    x, mask, ids_restore = _encode(mae, pictures, noise)
    B, V, d = x.shape
    x = torch.cat([x, torch.zeros(B, mask.shape[1] - V, d)], 1).take_along_dim(ids_restore[..., None], 1)
    return _decode(mae, x + mae.decoder.mask_token + mae.decoder.pos_embed), mask


@wrong("06.4", "the visible tokens get the decoder's positions twice")
def _(mae, pictures, noise):
    x, mask, ids_restore = _encode(mae, pictures, noise)
    ids = ids_restore.argsort(1)[:, : x.shape[1]]
    x = x + mae.decoder.pos_embed[ids]
    return _decode(mae, _fill(mae, x, ids_restore) + mae.decoder.pos_embed), mask


@wrong("06.4", "the prediction is squeezed into 0 … 1 by a sigmoid")
def _(mae, pictures, noise):
    x, mask, ids_restore = _encode(mae, pictures, noise)
    return _decode(mae, _fill(mae, x, ids_restore) + mae.decoder.pos_embed).sigmoid(), mask


@right("06.4")
def _(mae, pictures, noise):
    # As in MAE's published code, without its class token
    x = mae.encoder.embed(pictures)
    x, mask, ids_restore = _random_masking(x, mae.ratio, noise)
    x = mae.encoder.transformer(x)
    x = mae.encoder.norm(x)
    x = mae.decoder.embed(x)
    mask_tokens = mae.decoder.mask_token.repeat(x.shape[0], ids_restore.shape[1] - x.shape[1], 1)
    x_ = torch.cat([x, mask_tokens], dim=1)
    x_ = torch.gather(x_, dim=1, index=ids_restore.unsqueeze(-1).repeat(1, 1, x.shape[2]))
    x = x_ + mae.decoder.pos_embed
    x = mae.decoder.transformer(x)
    x = mae.decoder.norm(x)
    return mae.decoder.head(x), mask


@right("06.4")
def _(mae, pictures, noise):
    # One token after the other
    encoder, decoder = mae.encoder, mae.decoder
    visible, mask, ids_restore = _random_masking(encoder.embed(pictures), mae.ratio, noise)
    seen = decoder.embed(encoder.norm(encoder.transformer(visible)))
    rows = []
    for b in range(len(pictures)):
        row = []
        for n in range(mask.shape[1]):
            token = decoder.mask_token if mask[b, n] else seen[b, ids_restore[b, n]]
            row.append(token + decoder.pos_embed[n])
        rows.append(torch.stack(row))
    return decoder.head(decoder.norm(decoder.transformer(torch.stack(rows)))), mask


@right("06.4")
def _(mae, pictures, noise):
    # The picture's order everywhere: attention does not mind, and boolean indices suffice
    encoder, decoder = mae.encoder, mae.decoder
    tokens = encoder.embed(pictures)
    mask = _random_masking(tokens, mae.ratio, noise)[1]
    visible = rearrange(tokens[~mask], "(b v) d -> b v d", b=len(tokens))
    seen = decoder.embed(encoder.norm(encoder.transformer(visible)))
    full = decoder.mask_token.repeat(*mask.shape, 1)
    full[~mask] = rearrange(seen, "b v d -> (b v) d")
    return decoder.head(decoder.norm(decoder.transformer(full + decoder.pos_embed))), mask


@right("06.4")
def _(mae, pictures, noise):
    # A place for each token by scatter
    visible, mask, ids_restore = _random_masking(mae.encoder.embed(pictures), mae.ratio, noise)
    seen = mae.decoder.embed(mae.encoder.norm(mae.encoder.transformer(visible)))
    ids_keep = torch.argsort(ids_restore, dim=1)[:, : visible.shape[1]]
    full = mae.decoder.mask_token.expand(len(seen), mask.shape[1], -1)
    full = full.scatter(1, ids_keep[..., None].expand_as(seen), seen) + mae.decoder.pos_embed
    return mae.decoder.head(mae.decoder.norm(mae.decoder.transformer(full))), mask


@right("06.4")
def _(mae, pictures, noise):
    # The decoder in the order of noise, each token with its own position; the predictions are put in place last
    encoder, decoder = mae.encoder, mae.decoder
    visible, mask, ids_restore = _random_masking(encoder.embed(pictures), mae.ratio, noise)
    seen = decoder.embed(encoder.norm(encoder.transformer(visible)))
    gaps = decoder.mask_token.expand(len(seen), mask.shape[1] - seen.shape[1], -1)
    x = torch.cat([seen, gaps], 1) + decoder.pos_embed[ids_restore.argsort(1)]
    return decoder.head(decoder.norm(decoder.transformer(x))).take_along_dim(ids_restore[..., None], 1), mask


@right("06.4")
def _(mae, pictures, noise):
    # A matrix of 0 and 1 brings the tokens home, and torch.where fills the gaps
    visible, mask, ids_restore = _random_masking(mae.encoder.embed(pictures), mae.ratio, noise)
    seen = mae.decoder.embed(mae.encoder.norm(mae.encoder.transformer(visible)))
    home = F.one_hot(ids_restore, mask.shape[1])[:, :, : seen.shape[1]].to(seen.dtype)
    x = torch.where(mask[..., None], mae.decoder.mask_token, home @ seen) + mae.decoder.pos_embed
    for step in (mae.decoder.transformer, mae.decoder.norm, mae.decoder.head):
        x = step(x)
    return x, mask


@right("06.4")
def _(mae, pictures, noise):
    # Without random_masking, picture by picture
    encoder, decoder = mae.encoder, mae.decoder
    predictions, masks = [], []
    for picture, n in zip(pictures, noise):
        tokens = encoder.embed(picture[None])[0]
        keep = n.argsort()[: int(len(tokens) * (1 - mae.ratio))]
        x = decoder.mask_token.repeat(len(tokens), 1)
        x = x.index_copy(0, keep, decoder.embed(encoder.norm(encoder.transformer(tokens[None, keep])))[0])
        predictions.append(decoder.head(decoder.norm(decoder.transformer(x[None] + decoder.pos_embed)))[0])
        masks.append(torch.ones(len(tokens), dtype=torch.bool).index_fill(0, keep, False))
    return torch.stack(predictions), torch.stack(masks)
