"""`schemagen demo`: the main job, end to end, on a broker inside this process."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import typer

from schemagen.choices import Matching
from schemagen.files import evidence_path
from schemagen.options.common import ClusterFlags, OutputFlags, ProjectFlags
from schemagen.options.groups import flag, given, option, option_group
from schemagen.report.story import Story
from schemagen.workspace.samples import LATER, SAMPLE, TOPIC, find_samples, read_events, topic_of


@option_group("Options")
class DemoFlags:
    """What is shown, and where the files go."""

    samples: Path | None = option(
        "--samples FOLDER", "The folder with the sample events. [default: samples/ of the checkout]"
    )
    out_dir: Path = option(
        "--out-dir FOLDER", "Write the files to this folder.", default=Path("demo-out")
    )
    verbose: bool = flag("-v --verbose", "Show all that the commands print, not only the story.")


def demo(flags: DemoFlags = DemoFlags(), output: OutputFlags = OutputFlags()) -> None:
    """Show the whole way on sample Windows events: schema, stream, alerts, drift, deployment.

    Starts a broker inside this process, so that it needs neither Kafka nor ksqlDB.

    \b
    Examples:
      schemagen demo
      schemagen demo --verbose

    """
    folder, out = flags.samples or find_samples(), flags.out_dir
    project = given(ProjectFlags, config=folder / "schemagen.toml")
    run = _Commands(folder, out, output, project, out / "schemas" / f"{TOPIC}.schema.json")
    show = Story(flags.verbose, output.console())
    values, later = read_events(folder / SAMPLE), read_events(folder / LATER)
    hand, emitted, plan = out / "by-hand.sql", out / "stream.sql", out / "plan.sql"
    page = out / "report.html"
    fire = f"schemagen test --events {folder / SAMPLE} --sql"
    alerts = ("Possible Antivirus", "Logon after", "^531 ")

    if not flags.verbose:
        show.say("The lines that tell the story; --verbose shows all that the commands print.", "")
    show.say(f"{len(values):,} Windows events come to the topic {TOPIC} of a broker in here.", "")
    infer = partial(run.infer, values)
    show.step(f"schemagen infer {TOPIC}", infer, "^wineventlogs:", " ProcessI[Dd] ", "^The next")
    show.say("Two of the fields differ in the case of one letter: ksqlDB would make one of them.")
    declare, proof = partial(run.write, None), "^-- 531 of 531"
    show.step(f"schemagen ddl {TOPIC} --no-rules", declare, "`ProcessI", proof)
    show.step("schemagen rules", run.rules, "^UNBOUND", "^11 rules", "^2 correlations")

    show.say("By hand one writes LIKE, which throws where a field is missing: alerts are lost.")
    show.step(
        f"schemagen ddl --matching like --out {hand}", partial(run.write, hand, Matching.LIKE)
    )
    show.step(f"{fire} {hand}", partial(run.fire, hand), *alerts)
    show.say("What schemagen writes by itself loses none.")
    show.step(f"schemagen ddl --out {emitted}", partial(run.write, emitted))
    show.step(f"{fire} {emitted}", partial(run.fire, emitted), *alerts)
    show.step(f"schemagen test {folder / 'rules'} --sql {emitted}", run.cases, "cases: ")

    show.say(f"A week later {len(later):,} more come, some of machines with a new configuration.")
    costs = ("fails ", "^11 det", "^Alerts lost", "^drops", "Text where", "^blinded")
    drift = partial(run.drift, later, plan)
    against = f"--against {run.schema} --against {emitted}"
    show.step(f"schemagen drift {against} --plan {plan} --replay", drift, *costs)

    show.say("What `schemagen apply` would do on a server that has nothing; none is asked here.")
    show.step(f"schemagen apply {emitted}", run.plan, "^Dep", "create    stream", "^Plan")

    show.say(f"All of it on one page, for people: {page}")
    fresh = f"--schema {run.later}"
    show.step(f"schemagen infer {TOPIC} {fresh}", partial(run.infer, later, run.later))
    shown = f"--events {folder / SAMPLE} --evidence {evidence_path(run.later)}"
    show.step(f"schemagen report {shown} --out {page}", partial(run.report, page))


@dataclass(frozen=True, slots=True)
class _Commands:
    """The commands of the demo, as one would type them."""

    folder: Path
    out: Path
    output: OutputFlags

    project: ProjectFlags
    schema: Path

    @property
    def later(self) -> Path:
        return self.out / "later.schema.json"

    def infer(self, values: list[bytes], schema: Path | None = None) -> None:
        from schemagen.cli.infer import InferOutputFlags, SchemaFlags, infer

        result = given(SchemaFlags, schema=schema or self.schema)
        output = given(InferOutputFlags, no_color=self.output.no_color)
        with topic_of(values) as servers:
            infer(
                TOPIC,
                kafka=given(ClusterFlags, bootstrap_servers=servers),
                result=result,
                output=output,
                project=self.project,
            )

    def write(self, path: Path | None, matching: Matching | None = None) -> None:
        from schemagen.cli.ddl import DdlOutputFlags, ddl
        from schemagen.options.statements import DetectionFlags

        chosen = given(DetectionFlags, no_rules=path is None, matching=matching)
        output = given(DdlOutputFlags, out=path, quiet=path is not None)
        ddl(TOPIC, self.schema, detections=chosen, output=output, project=self.project)

    def rules(self) -> None:
        from schemagen.cli.rules import RulesOutputFlags, rules

        output = given(RulesOutputFlags, no_color=self.output.no_color)
        rules(schema=self.schema, output=output, project=self.project)

    def fire(self, script: Path) -> None:
        self._test(None, script, [str(self.folder / SAMPLE)])

    def cases(self) -> None:
        self._test([self.folder / "rules"], self.out / "stream.sql")

    def _test(
        self, paths: list[Path] | None, script: Path, events: list[str] | None = None
    ) -> None:
        from schemagen.cli.test import TestOutputFlags, run_tests
        from schemagen.options.replay import RunFlags

        output = given(TestOutputFlags, no_color=self.output.no_color)
        run_tests(paths, given(RunFlags, sql=script, events=events), output, self.project)

    def drift(self, values: list[bytes], plan: Path) -> None:
        from schemagen.cli.drift import DriftOutputFlags, drift
        from schemagen.options.comparison import ComparisonFlags

        against = [str(self.schema), str(self.out / "stream.sql")]
        compared = given(ComparisonFlags, against=against, replay=True)
        output = given(DriftOutputFlags, plan=plan, no_color=self.output.no_color)
        # The exit code is not the demo's: the drift is what it is here to show.
        with topic_of(values) as servers, contextlib.suppress(typer.Exit):
            drift(
                TOPIC,
                comparison=compared,
                kafka=given(ClusterFlags, bootstrap_servers=servers),
                output=output,
                project=self.project,
            )

    def plan(self) -> None:
        from schemagen.deploy.prepare import prepare_first
        from schemagen.deploy.script import read_script
        from schemagen.report.deployment import plan_text

        script = read_script(self.out / "stream.sql")
        self.output.show(plan_text(prepare_first(script.trees, TOPIC)))

    def report(self, page: Path) -> None:
        from schemagen.cli.report import report
        from schemagen.options.report import ContentFlags, PageFlags

        events, fresh = [str(self.folder / SAMPLE)], [evidence_path(self.later)]
        shown = given(ContentFlags, events=events, evidence=fresh)
        report(
            TOPIC,
            self.schema,
            content=shown,
            output=given(PageFlags, out=page),
            project=self.project,
        )
