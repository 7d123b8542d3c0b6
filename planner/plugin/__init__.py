"""The face of planner to plugins: every public type that hooks take or return."""

from planner.allocator.architecture import Architecture, CpuDistance, NodeDistance, Premise, VmallocRange
from planner.allocator.kernel import Fact, Since
from planner.allocator.kernel_version import KernelVersion
from planner.plugin.hookspecs import hookimpl
from planner.plugin.parameters import NoParameters, ParameterInfo, parameter
from planner.plugin.records import (
    AdviceRecord,
    ArchitectureRecord,
    Change,
    ConsumerRecord,
    Finding,
    FormatRecord,
    GateRecord,
    Gfp,
    KernelMemory,
    Observation,
    ProbeRecord,
    Request,
)
from planner.plugin.system import CommandLine, Config, Declared, ModuleFile, StructSize, System
from planner.report.model import Basis, Document, Report

__all__ = [
    "AdviceRecord",
    "Architecture",
    "ArchitectureRecord",
    "Basis",
    "Change",
    "CommandLine",
    "Config",
    "ConsumerRecord",
    "CpuDistance",
    "Declared",
    "Document",
    "Fact",
    "Finding",
    "FormatRecord",
    "GateRecord",
    "Gfp",
    "KernelMemory",
    "KernelVersion",
    "ModuleFile",
    "NoParameters",
    "NodeDistance",
    "Observation",
    "ParameterInfo",
    "Premise",
    "ProbeRecord",
    "Report",
    "Request",
    "Since",
    "StructSize",
    "System",
    "VmallocRange",
    "hookimpl",
    "parameter",
]
