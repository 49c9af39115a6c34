"""Commands are taken in batches, and a little is waited for more of them where more come."""

from __future__ import annotations

import threading
import time

from mindshare.engine.inbox import ENOUGH, LINGER_S, MOST, TRIED, Call, Inbox, Linger


def call() -> Call:
    return Call(lambda e: e.now, lambda result: None)


def test_a_lone_caller_is_kept_waiting_once_in_a_while_only() -> None:
    linger, waited = Linger(), 0
    for _ in range(100 * TRIED):
        if linger.pays(1):
            waited += 1
            linger.brought(0)
    assert waited == 100


def test_where_others_come_meanwhile_it_is_always_waited_and_no_longer_once_they_stop() -> None:
    linger = Linger()
    for _ in range(20 * TRIED):
        if linger.pays(1):
            linger.brought(2)
    assert all(linger.pays(1) for _ in range(TRIED))
    for _ in range(20 * TRIED):
        if linger.pays(1):
            linger.brought(0)
    assert sum(linger.pays(1) for _ in range(TRIED)) == 1


def test_nobody_waits_behind_a_batch_that_is_large_enough() -> None:
    assert not any(Linger().pays(ENOUGH) for _ in range(2 * TRIED))


def test_a_batch_is_all_that_came_in_the_order_of_coming_and_never_too_long() -> None:
    inbox, items = Inbox(), [call() for _ in range(MOST + 3)]
    for item in items:
        inbox.put(item)
    assert inbox.batch(0.0) == items[:MOST]
    assert inbox.batch(0.0) == items[MOST:]
    assert inbox.batch(0.0) == []


def test_what_came_before_the_end_is_taken_and_what_comes_after_it_is_left() -> None:
    inbox, first, late = Inbox(), call(), call()
    inbox.put(first)
    inbox.end()
    inbox.put(late)
    assert inbox.batch(0.0) == [first] and inbox.ended
    assert inbox.rest() == [late]


def test_commands_of_many_threads_are_all_taken_once() -> None:
    inbox, each = Inbox(), [[call() for _ in range(50)] for _ in range(8)]

    def put(items: list[Call]) -> None:
        for item in items:
            inbox.put(item)
            time.sleep(LINGER_S / 20)

    threads = [threading.Thread(target=put, args=(items,)) for items in each]
    for thread in threads:
        thread.start()
    taken: list[int] = []
    while len(taken) < 400:
        taken += [id(item) for item in inbox.batch(5.0)]
    assert sorted(taken) == sorted(id(item) for items in each for item in items)
