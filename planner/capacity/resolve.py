"""The profile's consumers as plans, composites flattened."""

from planner.capacity.bases import Bases
from planner.capacity.machine import EvaluationError, boot
from planner.capacity.plan import NamedPlan, PlanError, composite, once_each, plan_of
from planner.plugin.manager import PluginManager
from planner.profile.model import ConsumerSpec, Profile


def plans(profile: Profile, manager: PluginManager) -> tuple[tuple[NamedPlan, int], ...]:
    """Return each consumer's plan and declared count, in the profile's order; what is made once a machine is in one of them alone.

    :raises EvaluationError: a consumer has no answer for this system.
    """
    try:
        return once_each((named_plan(profile, spec, manager), spec.count) for spec in profile.consumers)
    except PlanError as error:
        raise EvaluationError(str(error)) from error


def question(profile: Profile, manager: PluginManager, consumer: str) -> tuple[Bases, int]:
    """Return the machine with all declared counts, and the number of one consumer, to ask for that one alone.

    :raises EvaluationError: no such machine can be modelled.
    :raises KeyError: the profile has no such consumer.
    """
    number = next((number for number, spec in enumerate(profile.consumers) if spec.name == consumer), None)
    if number is None:
        raise KeyError(consumer)
    return Bases(boot(profile, manager), plans(profile, manager)), number


def named_plan(profile: Profile, spec: ConsumerSpec, manager: PluginManager) -> NamedPlan:
    """Return one consumer's plan.

    :raises PlanError: it has no answer for this system.
    """
    if spec.kind not in profile.consumer_types:
        record = manager.consumers()[spec.kind]
        return NamedPlan(spec.name, spec.kind, record.unit, plan_of(record, spec.parameters, profile.system))
    parts = []
    for leaf in profile.leaves(spec.kind):
        record = manager.consumers()[leaf.kind]
        plan = plan_of(record, leaf.parameters, profile.system)
        parts.append((leaf.count, NamedPlan(leaf.name, leaf.kind, record.unit, plan)))
    unit = profile.consumer_types[spec.kind].unit or spec.kind
    return NamedPlan(spec.name, spec.kind, unit, composite(tuple(parts)))
