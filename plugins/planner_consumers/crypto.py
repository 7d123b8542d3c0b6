"""Cryptography and compression."""

from collections.abc import Iterable

from planner.plugin import ConsumerRecord, hookimpl
from planner_consumers.simple import simple
from planner_consumers.sizes_misc import ACOMP_CONTEXT, CRYPTD_QUEUE, PADATA_LIST, PADATA_QUEUE


@hookimpl
def planner_consumers() -> Iterable[ConsumerRecord]:
    """List users in crypto; transforms themselves take nothing."""
    family = "crypto"
    yield simple(
        "cryptd",
        "the module cryptd: one queue for all its transforms",
        unit="module",
        family=family,
        parts=((CRYPTD_QUEUE, 1),),
        sources=("crypto/cryptd.c:cryptd_init_queue; BTF",),
    )
    yield simple(
        "padata",
        "a padata shell (pcrypt has two)",
        unit="shell",
        family=family,
        since="2.6.34",
        parts=((PADATA_LIST, 1), (PADATA_QUEUE, 1)),
        sources=("kernel/padata.c:padata_alloc_pd; BTF",),
    )
    yield simple(
        "zswap-pool",
        "a zswap pool",
        unit="pool",
        family=family,
        since="4.1",
        parts=((ACOMP_CONTEXT, 1),),
        sources=("mm/zswap.c:zswap_pool_create; BTF",),
    )
