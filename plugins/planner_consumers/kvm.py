"""Virtual machines."""

from collections.abc import Iterable, Iterator

from planner.plugin import ConsumerRecord, Request, System, hookimpl
from planner_consumers.sizes_generic import SRCU
from planner_consumers.sizes_misc import KVM_SRCU, KVM_SRCU_ELSEWHERE, KVM_USED_PAGES, USER_RETURN_MSRS


def _vm(_parameters: object, system: System) -> Iterator[Request]:
    count = (KVM_SRCU if system.arch == "x86" else KVM_SRCU_ELSEWHERE).at(system.kernel)
    yield from SRCU.requests(system, count, where="virt/kvm/kvm_main.c:kvm_create_vm")


def _module(_parameters: object, system: System) -> Iterator[Request]:
    if system.arch == "x86":
        yield from USER_RETURN_MSRS.requests(system)
        yield from KVM_USED_PAGES.requests(system)


@hookimpl
def planner_consumers() -> Iterable[ConsumerRecord]:
    """List virtual machines."""
    yield ConsumerRecord(
        kind="kvm-vm",
        summary="a KVM virtual machine; the first brings what kvm_intel or kvm_amd takes",
        requests=_vm,
        once=_module,
        unit="virtual machine",
        family="virtualization",
        sources=("virt/kvm/kvm_main.c:kvm_create_vm; arch/x86/kvm/mmu/page_track.c; arch/x86/kvm/x86.c; BTF",),
    )
