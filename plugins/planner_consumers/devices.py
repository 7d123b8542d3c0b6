"""Interrupts, and devices of lesser subsystems."""

from collections.abc import Iterable, Iterator

from planner.plugin import ConsumerRecord, KernelMemory, Request, System, hookimpl, parameter
from planner.quick import dataclass
from planner_consumers import sizes_memory as m
from planner_consumers import sizes_misc as s
from planner_consumers.kernel_memory import costs
from planner_consumers.simple import simple
from planner_consumers.sizes_generic import SRCU
from planner_consumers.sizes_netdev import IRQ_DESC


@dataclass(frozen=True, slots=True, kw_only=True)
class Vectors:
    """Interrupts of a device."""

    vectors: int = parameter(default=1, help="interrupts allocated (MSI-X: one each)", minimum=1, maximum=1_000_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class RdmaDevice:
    """An RDMA device."""

    counters: int = parameter(
        default=0, help="per-CPU counters of hfi1 or qib (3 to 7 a port)", minimum=0, maximum=1024
    )


def _irq(parameters: Vectors, system: System) -> Iterator[Request]:
    yield from IRQ_DESC.requests(system, parameters.vectors)


def _rdma(parameters: RdmaDevice, system: System) -> Iterator[Request]:
    yield from SRCU.requests(system, where="drivers/infiniband/core/uverbs_main.c:ib_uverbs_add_one")
    yield from s.RDMA_COUNTER.requests(system, parameters.counters)


def _irq_memory(parameters: Vectors, system: System) -> Iterator[KernelMemory]:
    yield from costs(system, m.IRQ_DESC, parameters.vectors)


@hookimpl
def planner_consumers() -> Iterable[ConsumerRecord]:
    """List devices."""
    family = "device"
    yield ConsumerRecord(
        kind="irq",
        summary="allocated interrupts, as drivers of many queues have by the hundred",
        requests=_irq,
        memory=_irq_memory,
        parameters=Vectors,
        unit="device",
        family=family,
        sources=("kernel/irq/irqdesc.c:alloc_desc",),
    )
    yield ConsumerRecord(
        kind="rdma-device",
        summary="an RDMA device (ib_uverbs)",
        requests=_rdma,
        parameters=RdmaDevice,
        unit="device",
        family=family,
        since="3.19",
        sources=("drivers/infiniband/core/uverbs_main.c:ib_uverbs_add_one; drivers/infiniband/hw/hfi1",),
    )
    for kind, summary, since, parts, source in (
        (
            "bluetooth-device",
            "a Bluetooth controller",
            "6.1",
            ((SRCU, 1),),
            "net/bluetooth/hci_core.c:hci_alloc_dev_priv",
        ),
        ("gpio-chip", "a GPIO controller", "6.9", ((SRCU, 2),), "drivers/gpio/gpiolib.c:gpiochip_add_data_with_key"),
        (
            "wifi-station",
            "a station of a driver with parallel receive queues",
            "4.7",
            ((s.STATION_STATS, 1),),
            s.STATION_STATS.where,
        ),
        ("devlink-trap", "a devlink trap or trap group", "5.4", ((s.TRAP_STATS, 1),), s.TRAP_STATS.where),
        ("spi", "an SPI controller, or a device on it", "5.19", ((s.SPI_STATS, 1),), s.SPI_STATS.where),
        (
            "sunrpc-pool",
            "a pool of RPC service threads (nfsd, lockd): one, or one for each node",
            "6.6",
            ((s.SUNRPC_POOL, 3),),
            s.SUNRPC_POOL.where,
        ),
        ("target-lun", "a LUN that LIO exports", "3.13", ((s.TARGET_LUN, 1),), s.TARGET_LUN.where),
        ("dma-channel", "a channel of a DMA engine", "2.6.30", ((s.DMA_CHANNEL, 1),), s.DMA_CHANNEL.where),
    ):
        yield simple(kind, summary, unit="device", family=family, since=since, parts=parts, sources=(source,))
