"""Whatever comes in whatever order: nothing is lost, held twice or spent twice, and the log can be followed and replayed."""

from __future__ import annotations

import os
from collections import Counter

import hypothesis.strategies as st
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from mindshare.core.errors import MindshareError
from mindshare.engine.attending import Said
from mindshare.engine.cases import CANCELLED, DECIDED, LEASED, RECEIVED
from mindshare.engine.machining import Ran
from mindshare.engine.media import File
from mindshare.engine.rebuild import rebuilt
from mindshare.engine.revealing import First
from mindshare.engine.snapshots import frozen
from mindshare.store.protocol import Snapshot
from mindshare.web.board import seen
from tests.engine.in_the_end import holds_in_the_end
from tests.engine.world import BOTS, PEOPLE, World, gold, made, mark_of, plain

LABELS = ("billing", "bug", "delivery")
LIMIT, CPU_S = 15.0, 20.0
people, labels = st.sampled_from(PEOPLE), st.sampled_from((*LABELS, None))
some = st.integers(0, 10_000)
GUARDS = (
    {},
    {"mandatory_review": {}},
    {"audit_share": {"share": 0.5}, "two_persons": {"when": {"label": "bug"}}},
    {"never_automate": {"when": {"feature.by": "mail"}}, "opt_out": {"when": {"stakes": ">=1"}}},
)


def of_people(kind):
    """Short shifts and breaks, a cap, a fair share, and probes: of ana and cem few minutes, ben has none written."""
    kind["probes"] = {
        "file": "gold.jsonl",
        "share": 0.3,
        "pass": {"threshold": 0.3, "least": 1, "error": 0.5},
    }
    week = {
        "mon-sun": [f"{h:02d}:{m:02d}-{h:02d}:{m + 2:02d}" for h in range(24) for m in range(0, 60, 3)][:-1]
    }
    hours = {"zone": "UTC", "week": week, "minutes": 1.5, "per": "shift"}
    return {
        "people": {"ana": hours, "cem": {"zone": "UTC", "week": week, "break": {"after": 1, "minutes": 1}}},
        "fairness": {"most": 1.0, "least": 0.5},
        "exposure": [{"tag": "mail", "when": {"feature.by": "mail"}, "per_day": 2}],
        "gold": gold(20),
    }


class Service(RuleBasedStateMachine):
    """Commands at random, sensible or not."""

    @initialize(
        timeout=st.sampled_from(["decide", "escalate", "billing"]),
        audited=st.booleans(),
        run=st.sampled_from(["nothing", "always", "worth"]),
        rules=st.booleans(),
        shown=st.sampled_from(["never", "request", "after", "always", "learnt"]),
    )
    def begin(self, timeout: str, audited: bool, run: str, rules: bool, shown: str) -> None:
        guard = {"audit_share": {"share": 0.2}, "two_persons": {"when": {"label": "bug"}}} if audited else {}
        kind = {"grace_s": 20.0, "wait_s": 60.0, "lease_s": 30.0, "timeout": timeout, "shown": shown}
        kind |= {"tried": 0.5, "reveals": 3}
        limits = {"human_answers": {"limit": LIMIT, "per_s": None}, "cpu_s": {"limit": CPU_S, "per_s": None}}
        told = {"guard": guard, "machines": BOTS[run], "model": plain()[1] if run == "worth" else None}
        told |= of_people(kind) if rules else {}
        self.told = {"kinds": {"default": kind}, "limits": limits, "cases": 60.0, **told}
        self.world = World(in_memory=2, **self.told)
        self.sent = 0

    def do(self, command, later: float = 1.0):
        """A command that may be refused: then nothing happens."""
        before = len(self.world.log.kept)
        try:
            return self.world.step(command, later)
        except MindshareError:
            assert len(self.world.log.kept) == before, "a refused command left something behind"
            return None

    def any_case(self, n: int):
        cases = self.world.engine.past.after(0, 10_000)
        return cases[n % len(cases)].id if cases else "nothing"

    def any_probe(self, n: int, person: str):
        probes = list(self.world.engine.state.people[person].probed)
        return probes[n % len(probes)] if probes else "nothing"

    def any_lease(self, n: int):
        leases = list(self.world.engine.state.leases.values())
        return leases[n % len(leases)] if leases else None

    @rule(many=st.integers(1, 4))
    def submit(self, many):
        for _ in range(many):
            more = {} if self.sent % 3 else {"answers": []}  # its machines are those that run here, if any
            self.do(lambda e, more=more: self.world.submit(self.sent, **more) and None, later=0.0)
            self.sent += 1

    @rule(person=people, wait=st.sampled_from([1.0, 1e6]))
    def next(self, person, wait):
        self.do(lambda e: e.next(person, self.world.now + wait))

    @rule(person=people)
    def ahead(self, person):
        self.do(lambda e: e.ahead(person) and None)

    @rule(n=some)
    def show(self, n):
        lease = self.any_lease(n)
        if lease is not None:
            self.do(lambda e: e.show(lease.token, lease.person))

    @rule(n=some, label=labels)
    def answer(self, n, label):
        lease = self.any_lease(n)
        if lease is not None:
            self.do(lambda e: e.answer(lease.case, lease.person, lease.token, Said(label)))

    @rule(n=some, person=people, token=st.integers(0, 60), label=labels)
    def late_or_wrong(self, n, person, token, label):
        self.do(lambda e: e.answer(self.any_case(n), person, token, Said(label)))

    def any_run(self, n: int) -> int:
        runs = list(self.world.engine.state.runs)
        return runs[n % len(runs)] if runs else n

    @rule(n=some, label=st.sampled_from(LABELS), cpu_s=st.sampled_from([0.0, 0.5, 3.0]), looked=st.booleans())
    def ran(self, n, label, cpu_s, looked):
        where = '{"words": 0.5}' if looked else ""
        ran = Ran(label, None, "", {"cpu_s": cpu_s, "wall_s": cpu_s}, where=where)
        self.do(lambda e: e.ran(self.any_run(n), ran))

    @rule(
        n=some,
        cpu_s=st.sampled_from([0.0, 3.0]),
        batch=st.integers(0, 2),
        own=st.booleans(),
        bad=st.booleans(),
    )
    def failed(self, n, cpu_s, batch, own, bad):
        ran = Ran(None, None, "out of ideas", {"cpu_s": cpu_s, "wall_s": cpu_s}, batch, own, bad)
        self.do(lambda e: e.ran(self.any_run(n), ran))

    @rule(cores=st.sampled_from([0.0, 2.0, 50.0]))
    def seen(self, cores):
        self.do(lambda e: e.see({"cpu_s": cores, "mem_mb": 100.0}))

    @rule(n=some)
    def skip(self, n):
        lease = self.any_lease(n)
        if lease is not None:
            self.do(lambda e: e.skip(lease.token, lease.person, "not mine"))

    @rule(n=some)
    def escalate(self, n):
        lease = self.any_lease(n)
        if lease is not None:
            self.do(lambda e: e.escalate(lease.token, lease.person, "for the lead"))

    @rule(old=st.booleans())
    def bring(self, old):
        """A file; much later, those that no case shows are deleted."""
        file = File(b"GIF89a", "image/gif", 6)
        self.do(lambda e: e.bring(file, "lead").digest, later=90_000.0 if old else 1.0)

    @rule(n=some)
    def submit_with_a_file(self, n):
        files = list(self.world.engine.state.media)
        name = files[n % len(files)] if files else "f" * 64
        self.do(lambda e: self.world.submit(self.sent, show={"image": name}) and None, later=0.0)
        self.sent += 1

    @rule(n=some, held=st.booleans())
    def beat(self, n, held):
        lease = self.any_lease(n)
        if lease is not None:
            self.do(lambda e: e.beat(lease.token, lease.person, held=held))

    @rule(n=some, own=st.booleans(), label=labels)
    def reveal(self, n, own, label):
        lease = self.any_lease(n)
        if lease is not None:
            self.do(lambda e: e.reveal(lease.token, lease.person, First(label) if own else None))

    @rule(n=some, person=people)
    def undo(self, n, person):
        self.do(lambda e: e.undo(self.any_case(n), person))

    @rule(n=some, person=people, token=st.integers(0, 60), label=labels)
    def late_or_wrong_probe(self, n, person, token, label):
        self.do(lambda e: e.answer(self.any_probe(n, person), person, token, Said(label)))

    @rule(n=some, person=people)
    def undo_probe(self, n, person):
        self.do(lambda e: e.undo(self.any_probe(n, person), person))

    @rule(person=people, on=st.booleans())
    def shift(self, person, on):
        self.do(lambda e: e.shift(person, on=on))

    @rule(person=people, hours=st.sampled_from([None, "00:00-24:00", "08:05-08:06", "twelve", []]))
    def hours(self, person, hours):
        """Other hours, as the settings say, for a minute only, or not understood."""
        week = {"zone": "UTC", "week": {"mon-sun": hours}, "minutes": 5.0}
        self.do(lambda e: e.change_shifts(person, None if hours is None else week, "lead"))

    @rule(n=some, label=st.sampled_from(LABELS))
    def outcome(self, n, label):
        self.do(lambda e: e.outcome(self.any_case(n), label))

    @rule(n=some, label=st.sampled_from(LABELS))
    def override(self, n, label):
        self.do(lambda e: e.override(self.any_case(n), label, "so it is", "lead"))

    @rule(n=some)
    def reopen(self, n):
        self.do(lambda e: e.reopen(self.any_case(n), "appealed", "lead"))

    @rule(n=some)
    def cancel(self, n):
        self.do(lambda e: e.cancel(self.any_case(n), "lead"))

    @rule(n=some)
    def erase(self, n):
        """What it taught stays until the next start: the cases erased here have taught nothing."""
        case = self.any_case(n)
        if case != "nothing" and not self.world.engine.state.cases[case].outcome:
            self.do(lambda e: e.erase(case, "lead"))

    @rule(n=some, person=people)
    def forget(self, n, person):
        """Keys that are a person's are found in the log; for the engine they are any that were not erased with a case."""
        case = self.any_case(n)
        keys = () if case == "nothing" else self.world.engine.state.cases[case].comments
        self.do(lambda e: e.forget(person, keys, "lead"))

    @rule(ago=st.sampled_from([None, 5.0, 50.0]), reason=st.sampled_from(["", "a bad model"]))
    def stop(self, ago, reason):
        self.do(lambda e: e.stop("lead", reason=reason, since=None if ago is None else e.now - ago))

    @rule()
    def resume(self):
        self.do(lambda e: e.resume("lead", "admin"))

    @rule(limit=st.sampled_from([0.0, 5.0, LIMIT]))
    def limits(self, limit):
        self.do(lambda e: e.change_limits({"human_answers": limit}, "lead"))

    @rule(guard=st.sampled_from((None, *GUARDS)), text=st.sampled_from(["", "Read it twice."]))
    def rules(self, guard, text):
        self.do(lambda e: e.change_rules("lead", {"": text}, guard, "so it is better"))

    @rule(person=people, active=st.booleans())
    def agent(self, person, active):
        self.do(lambda e: e.agent(person, "lead", active=active))

    @rule(
        later=st.sampled_from([0.5, 25.0, 100.0]),
        n=some,
        left_out=st.sampled_from(["", "lease", "over", "moved"]),
    )
    def tick(self, later, n, left_out):
        """Some of what is due may be left out: the engine raised at it before."""
        lease = self.any_lease(n)
        one = [] if lease is None else [f"lease {lease.token}", f"final {lease.case}", f"moved {lease.case}"]
        self.do(lambda e: e.tick([left_out, *one] if left_out else []), later=later)

    @rule()
    def take_a_snapshot(self):
        world = self.world
        world.log.snap = Snapshot(world.log.head(), frozen(world.engine, world.made.digest)())

    @rule()
    def begin_again(self):
        """The process was killed, and is started again."""
        world = self.world
        before = world.engine
        world.engine = rebuilt(world.made, world.log, world.now, in_memory=2)
        assert mark_of(world.engine) == mark_of(before)
        self.do(lambda e: e.start("test", {"": "0"}))

    @rule(minutes=st.sampled_from([None, 1.0, 30.0]), first=st.booleans())
    def begin_again_with_other_limits(self, minutes, first):
        """A limit was added, changed or taken out."""
        world, limits = self.world, self.told["limits"]
        new = {} if minutes is None else {"ana.minutes": {"limit": minutes, "per_s": None}}
        told = self.told | {"limits": new | limits if first else limits | new}
        used = world.engine.spending.pacer.used
        world.made = made(**told)._replace(digest=f"{minutes} {first} {told['guard']}")
        world.engine = rebuilt(world.made, world.log, world.now, in_memory=2)
        now = world.engine.spending.pacer.used
        assert {r: now[r] for r in limits} == {r: used[r] for r in limits}
        self.do(lambda e: e.start("test", {"": "0"}))

    @rule(guard=st.sampled_from(GUARDS))
    def begin_again_with_another_guard(self, guard):
        """What service.yaml says counts for more than what somebody changed, if it is not what it said before."""
        world, before = self.world, self.world.engine
        changed = guard != world.made.settings.guard
        self.told = self.told | {"guard": guard, "limits": self.told["limits"]}
        world.made = made(**self.told)._replace(digest=f"again {guard}")
        world.engine = rebuilt(world.made, world.log, world.now, in_memory=2)
        assert world.engine.guarding.rules == (world.made.rules if changed else before.guarding.rules)
        self.do(lambda e: e.start("test", {"": "0"}))

    @rule()
    def begin_again_stopped(self):
        """STOP was pressed while the process was down."""
        world = self.world
        world.engine = rebuilt(world.made, world.log, world.now, in_memory=2)
        for person in list(world.engine.state.free):
            self.do(lambda e, p=person: e.away(p))
        self.do(lambda e: e.stop("lead", since=e.now - 10.0))
        self.do(lambda e: e.start("test", {"": "0"}))

    @invariant()
    def nobody_holds_what_somebody_else_holds(self):
        s = self.world.engine.state
        held = Counter(lease.case for lease in s.leases.values() if not lease.probe)
        assert all(count == 1 for count in held.values())
        for token, lease in s.leases.items():
            if lease.probe:
                assert lease.case not in s.cases and token in s.people[lease.person].leases
                assert s.people[lease.person].probed[lease.case].token == token
                continue
            assert s.cases[lease.case].token == token
            assert s.cases[lease.case].status == LEASED
            assert token in s.people[lease.person].leases
        assert all(s.leases.get(c.token) for c in s.cases.values() if c.status == LEASED)

    @invariant()
    def a_file_is_there_as_long_as_a_case_shows_it_and_nobody_has_what_waits_for_the_lead(self):
        s = self.world.engine.state
        every = self.world.engine.past.after(0, 10_000)
        uses = Counter(kept.digest for c in every if not c.erased for kept in c.media)
        assert {name: m.uses for name, m in s.media.items() if m.uses} == dict(uses)
        assert not any(c.sent_up and c.status in (LEASED, DECIDED, CANCELLED) for c in every)

    @invariant()
    def every_case_is_decided_cancelled_held_or_waits(self):
        s, queues = self.world.engine.state, self.world.engine.desk._queues
        waiting = {c for queue in queues.values() for c in queue.id}
        for case in s.cases.values():
            where = (case.id in waiting) + (case.status == LEASED) + (case.status in (DECIDED, CANCELLED))
            where += case.status == RECEIVED and bool(case.runs)
            assert case.id not in waiting or not case.runs
            assert where == 1, (case.id, case.status, case.id in waiting)
        assert waiting == set(s.waiting)

    @invariant()
    def the_board_counts_cases_as_they_stand(self):
        e = self.world.engine
        words = Counter(case.word(e.now) for case in e.past.after(0, 10_000))
        told = seen(e).told["cases"]
        here = ("received", "waiting", "reopened", "escalated")
        assert told["received"] + told["waiting"] == sum(words[word] for word in here)
        for word in ("leased", "cancelled", "escalated"):
            assert told[word] == words[word]
        assert told["provisional"] + told["final"] == words["provisional"] + words["final"]

    def teardown(self):
        holds_in_the_end(self.world, {"human_answers": LIMIT, "cpu_s": CPU_S})


def test_whatever_comes_in_nothing_is_lost_held_twice_or_spent_twice():
    many = int(os.environ.get("MINDSHARE_MACHINES", "15"))
    quiet = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    run_state_machine_as_test(
        Service,
        settings=settings(
            max_examples=many, stateful_step_count=40, deadline=None, suppress_health_check=quiet
        ),
    )
