/* SPDX-License-Identifier: MIT */
/* Tests of net/wait: deadlines, readiness, and signals that end every wait. */
/* links: tests/net/peer.c */
#include "net/wait.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "net/peer.h"

#define SHORT 30 /* ms */

static struct span detail_of(const struct err *e)
{
	return (struct span){ e->detail, e->detail_len };
}

static void what_is_left_of_a_deadline(void **state)
{
	static const struct {
		int64_t in, least, most;
	} rows[] = {
		{ 0, 0, 0 },
		{ -5000, 0, 0 },
		{ 60000, 59000, 60000 },
		{ 86400000, 86399000, 86400000 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		int64_t left = deadline_left(deadline_in(rows[i].in));

		assert_true(left >= rows[i].least && left <= rows[i].most);
	}
	/* A century, and no overflow. */
	assert_true(deadline_left(deadline_never()) > INT64_C(3155760000000));
}

static void another_purpose_is_the_same_moment(void **state)
{
	struct deadline d = deadline_in(1000);
	struct deadline other = deadline_for(d, "testing");

	(void)state;
	assert_true(other.at == d.at);
	assert_string_equal(other.doing, "testing");
}

static void a_file_that_is_ready_is_not_waited_for(void **state)
{
	struct deadline passed = deadline_in(-1);
	struct err e = { 0 };
	int ends[2];

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_true(wait_file(ends[1], POLLOUT, passed, &e));
	assert_int_equal(write(ends[1], "x", 1), 1);
	assert_true(wait_file(ends[0], POLLIN, deadline_never(), &e));
	close(ends[1]);
	close(ends[0]);
	assert_int_equal(e.code, ERR_NONE);
}

static void a_closed_pipe_is_ready(void **state)
{
	struct err e = { 0 };
	int ends[2];

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	close(ends[1]);
	assert_true(wait_file(ends[0], POLLIN, deadline_never(), &e));
	close(ends[0]);
}

static void a_missed_deadline_says_of_what(void **state)
{
	struct deadline d = deadline_in(SHORT);
	struct err e = { 0 };
	int ends[2];

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_false(
		wait_file(ends[0], POLLIN, deadline_for(d, "testing"), &e));
	assert_true(deadline_left(d) == 0);
	assert_int_equal(e.code, ERR_DEADLINE);
	assert_span("detail", detail_of(&e), SPAN("testing"));
	/* One without a purpose has a sentence all the same. */
	e = (struct err){ 0 };
	assert_false(wait_file(ends[0], POLLIN, d, &e));
	assert_int_equal(e.code, ERR_DEADLINE);
	assert_true(e.detail_len > 0);
	close(ends[1]);
	close(ends[0]);
}

static void one_ready_file_of_many_is_enough(void **state)
{
	struct err e = { 0 };
	int silent[2], ready[2];

	(void)state;
	assert_int_equal(pipe2(silent, O_CLOEXEC), 0);
	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	assert_int_equal(write(ready[1], "x", 1), 1);

	struct pollfd files[] = { { .fd = silent[0], .events = POLLIN },
		                  { .fd = -1, .events = POLLIN },
		                  { .fd = ready[0], .events = POLLIN } };

	assert_true(wait_ready(files, 3, deadline_never(), &e));
	assert_int_equal(files[0].revents, 0);
	assert_int_equal(files[1].revents, 0);
	assert_int_equal(files[2].revents, POLLIN);
	for (size_t i = 0; i < 2; i++) {
		close(silent[i]);
		close(ready[i]);
	}
}

static void a_pause_is_as_long_as_asked(void **state)
{
	struct deadline most = deadline_in(5000), least;
	struct err e = { 0 };

	(void)state;
	assert_true(wait_pause(0, &e));
	assert_true(deadline_left(most) > 0);
	least = deadline_in(SHORT);
	assert_true(wait_pause(SHORT, &e));
	assert_true(deadline_left(least) == 0);
	assert_int_equal(e.code, ERR_NONE);
}

/* poll(2) with more files than may be open is an error. */
static int meet_a_system_error(void)
{
	const struct rlimit one = { 1, 1 };
	struct pollfd files[2] = { { .fd = -1 }, { .fd = -1 } };
	struct err e = { 0 };
	struct deadline d = deadline_for(deadline_in(1000), "testing");

	if (setrlimit(RLIMIT_NOFILE, &one) != 0)
		return 1;
	if (wait_ready(files, 2, d, &e) || e.code != ERR_SYSTEM)
		return 2;
	if (e.detail_len < 8 || memcmp(e.detail, "testing:", 8) != 0)
		return 3;
	return 0;
}

static void an_error_of_the_system_is_told(void **state)
{
	(void)state;
	assert_int_equal(in_child(meet_a_system_error), 0);
}

/* --- Signals; each in a process of its own, since they stay --- */

static const struct {
	int number;
	const char *name;
} stops[] = {
	{ SIGINT, "SIGINT" },
	{ SIGTERM, "SIGTERM" },
	{ SIGHUP, "SIGHUP" },
};

static size_t at_hand;

/* A wait that should end with the signal at hand. */
static bool is_stopped(struct deadline d)
{
	struct span name = span_of(stops[at_hand].name);
	struct err e = { 0 };

	return !wait_ready(NULL, 0, d, &e) && e.code == ERR_SIGNAL &&
	       span_equal(detail_of(&e), name);
}

static int be_stopped(void)
{
	struct err e = { 0 };

	wait_setup();
	if (wait_signal() != 0)
		return 1;
	raise(stops[at_hand].number); /* held until there is a wait */
	if (!is_stopped(deadline_in(5000)))
		return 2;
	if (wait_signal() != stops[at_hand].number)
		return 3;
	/* From then on, every wait. */
	if (!is_stopped(deadline_never()) || !is_stopped(deadline_in(-1)))
		return 4;
	if (wait_pause(5000, &e) || e.code != ERR_SIGNAL)
		return 5;
	return 0;
}

static void a_signal_ends_every_wait(void **state)
{
	(void)state;
	for (at_hand = 0; at_hand < COUNT(stops); at_hand++)
		assert_int_equal(in_child(be_stopped), 0);
}

static int be_stopped_while_waiting(void)
{
	struct deadline d = deadline_in(5000);
	pid_t parent = getpid(), child;

	wait_setup();
	child = fork();
	if (child == 0) {
		usleep(SHORT * 1000);
		kill(parent, stops[at_hand].number);
		_exit(0);
	}
	return is_stopped(d) && deadline_left(d) > 1000 ? 0 : 1;
}

static void a_signal_ends_the_wait_at_hand(void **state)
{
	(void)state;
	for (at_hand = 0; at_hand < COUNT(stops); at_hand++)
		assert_int_equal(in_child(be_stopped_while_waiting), 0);
}

/* Whatever else there is to be heard of. */
static int look_for_a_signal(void)
{
	int ends[2];
	struct pollfd ready = { .events = POLLIN };
	struct err e = { 0 }, none = { 0 };

	if (pipe(ends) != 0 || write(ends[1], "x", 1) != 1)
		return 2;
	ready.fd = ends[0];
	wait_setup();
	if (!wait_look(NULL, 0, &none) || wait_signal() != 0)
		return 3;
	raise(stops[at_hand].number);
	return !wait_look(&ready, 1, &e) && e.code == ERR_SIGNAL &&
	                       ready.revents == POLLIN &&
	                       wait_signal() == stops[at_hand].number
	               ? 0
	               : 1;
}

static void a_signal_is_heard_without_a_wait(void **state)
{
	(void)state;
	for (at_hand = 0; at_hand < COUNT(stops); at_hand++)
		assert_int_equal(in_child(look_for_a_signal), 0);
}

static int ignore_a_signal(void)
{
	struct err e = { 0 };

	signal(stops[at_hand].number, SIG_IGN); /* as nohup(1) does */
	wait_setup();
	raise(stops[at_hand].number);
	return wait_pause(SHORT, &e) && wait_signal() == 0 ? 0 : 1;
}

static void what_was_ignored_stays_so(void **state)
{
	(void)state;
	for (at_hand = 0; at_hand < COUNT(stops); at_hand++)
		assert_int_equal(in_child(ignore_a_signal), 0);
}

static int write_into_a_broken_pipe(void)
{
	int ends[2];

	wait_setup();
	if (pipe2(ends, O_CLOEXEC) != 0)
		return 1;
	close(ends[0]);
	return write(ends[1], "x", 1) == -1 && errno == EPIPE ? 0 : 2;
}

static void a_broken_pipe_is_an_error_like_others(void **state)
{
	(void)state;
	assert_int_equal(in_child(write_into_a_broken_pipe), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_left_of_a_deadline),
		cmocka_unit_test(another_purpose_is_the_same_moment),
		cmocka_unit_test(a_file_that_is_ready_is_not_waited_for),
		cmocka_unit_test(a_closed_pipe_is_ready),
		cmocka_unit_test(a_missed_deadline_says_of_what),
		cmocka_unit_test(one_ready_file_of_many_is_enough),
		cmocka_unit_test(a_pause_is_as_long_as_asked),
		cmocka_unit_test(an_error_of_the_system_is_told),
		cmocka_unit_test(a_signal_ends_every_wait),
		cmocka_unit_test(a_signal_ends_the_wait_at_hand),
		cmocka_unit_test(a_signal_is_heard_without_a_wait),
		cmocka_unit_test(what_was_ignored_stays_so),
		cmocka_unit_test(a_broken_pipe_is_an_error_like_others),
	};

	alarm(60); /* whatever happens */
	return cmocka_run_group_tests_name("net/wait", tests, NULL, NULL);
}
