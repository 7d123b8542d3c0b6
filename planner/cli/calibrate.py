"""``planner calibrate``."""

from dataclasses import asdict
from typing import Annotated, Any

import typer

from planner.cli import options
from planner.cli.listing import Json, write_json

Profile = Annotated[str, typer.Argument(metavar="PROFILE", help='A file, a shipped name, or "-".', show_default=False)]
Consumer = Annotated[
    str, typer.Option("--consumer", metavar="NAME", help="The consumer that was counted.", show_default=False)
]
Observed = Annotated[
    int,
    typer.Option(
        "--observed", metavar="N", min=0, help="How many of it could be made on the real machine.", show_default=False
    ),
]
Output = Annotated[
    str | None,
    typer.Option(
        "-o",
        "--output",
        metavar="FILE",
        help='Write the profile with the values found, marked "calibrated".',
        show_default=False,
    ),
]


def command(  # noqa: PLR0913 - one parameter an option
    profile: Profile,
    *,
    consumer: Consumer,
    observed: Observed,
    output: Output = None,
    as_json: Json = False,
    strict: options.Strict = False,
    disable: options.Disable = None,
) -> None:
    """Solve for what a machine's owner did not tell: who else uses the vmalloc space, from a count that was observed.

    The answer is the range of values that gives exactly that count, and how plausible it is.

    Example: planner calibrate seeds/answerer-3.2-core2duo --consumer experiment --observed 198634 -o calibrated.toml
    """
    from planner.capacity.calibrate import calibrate  # noqa: PLC0415 - not for --help
    from planner.cli.failures import UsageError, write_output  # noqa: PLC0415 - as above
    from planner.cli.observing import write_result  # noqa: PLC0415 - as above
    from planner.cli.session import PluginChoice, warn  # noqa: PLC0415 - as above
    from planner.profile import load_text  # noqa: PLC0415 - as above
    from planner.profile.errors import nearest  # noqa: PLC0415 - as above
    from planner.profile.load import read_source  # noqa: PLC0415 - as above
    from planner.report.text import clean  # noqa: PLC0415 - as above

    manager = PluginChoice(tuple(disable or ()), strict).load()
    text = read_source(profile)
    loaded = load_text(text.text, manager, label=text.label, folder=text.folder)
    warn(manager.problems)
    names = [spec.name for spec in loaded.consumers]
    if consumer not in names:
        hint = nearest(consumer, names)
        raise UsageError(
            f"the profile has no consumer {clean(consumer)!r}" + (f"; did you mean {hint!r}" if hint else "")
        )
    found = calibrate(loaded, manager, consumer, observed)
    if output is not None:
        write_result(output, _edited(text.text, found))
    if as_json:
        write_json(asdict(found))
    else:
        write_output(_told(found, loaded))


def _told(found: Any, loaded: Any) -> str:
    from planner.report.text import clean, count_text, plural  # noqa: PLC0415 - not for --help

    low, high = found.used
    answer = (
        f"{count_text(found.observed)} of {clean(found.consumer)} fit exactly when others use {count_text(low)} to "
        f"{plural(high, 'byte')} of the vmalloc space"
    )
    lines = [
        answer,
        f"  vmalloc.used    {found.chosen_used}",
    ]
    if found.in_use is not None:
        low, high = found.in_use
        lines.append(f"  percpu.in_use   {found.chosen_in_use} ({count_text(low)} to {plural(high, 'byte')} do)")
    lines += [f"  contradicts     {text}" for text in _overridden(found, loaded)]
    return "\n".join([*lines, f"  plausibility    {found.plausibility}"]) + "\n"


def _overridden(found: Any, loaded: Any) -> list[str]:
    """Return what the profile says itself and the answer does not keep."""
    from planner.profile.sizes import format_size  # noqa: PLC0415 - not for --help

    said = (("vmalloc.used", loaded.vmalloc.used, found.used), ("percpu.in_use", loaded.percpu.in_use, found.in_use))
    return [
        f"{key} = {format_size(value)} as the profile has it ({loaded.basis_of(key)}): with that another number fits"
        for key, value, span in said
        if value is not None and span is not None and not span[0] <= value <= span[1]
    ]


def _edited(text: str, found: Any) -> str:
    from planner.profile.write import edit  # noqa: PLC0415 - only with -o

    said = f"calibrated: gives exactly {found.observed} of {found.consumer}"
    values = {"vmalloc.used": found.chosen_used, 'basis."vmalloc.used"': "calibrated"}
    comments = {"vmalloc.used": f"{said}; {found.used[0]} to {found.used[1]} do"}
    if found.in_use is not None:
        values |= {"percpu.in_use": found.chosen_in_use, 'basis."percpu.in_use"': "calibrated"}
        comments["percpu.in_use"] = f"{said}; {found.in_use[0]} to {found.in_use[1]} do"
    return edit(text, values, comments)
