/* SPDX-License-Identifier: MIT */
/* The one place that waits: deadlines, readiness, and signals that stop. */
#include "net/wait.h"

#include <errno.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#define SIGNAL_EVERY 64 /* times that wait_not_over is asked; a system call */
#define LONGEST_WAIT 86400000 /* ms; fits any time_t, and it waits again */

static const int stop_signals[] = { SIGINT, SIGTERM, SIGHUP };

static volatile sig_atomic_t stopped_by;
static sigset_t while_waiting;

static int64_t now(void)
{
	struct timespec t;

	/* It cannot fail for this clock. */
	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

struct deadline deadline_in(int64_t milliseconds)
{
	return (struct deadline){ now() + milliseconds, "waiting" };
}

struct deadline deadline_never(void)
{
	return (struct deadline){ INT64_MAX, "waiting" };
}

struct deadline deadline_for(struct deadline d, const char *doing)
{
	d.doing = doing;
	return d;
}

int64_t deadline_left(struct deadline d)
{
	int64_t left = d.at - now();

	return left > 0 ? left : 0;
}

static void on_stop(int number)
{
	stopped_by = number;
}

/*
 * sigaction and sigprocmask cannot fail with these arguments. A signal that
 * comes in between is held, and dropped where it is ignored again.
 */
void wait_setup(void)
{
	const struct sigaction stop = { .sa_handler = on_stop };
	struct sigaction before;
	sigset_t held;

	sigemptyset(&held);
	sigaddset(&held, SIGPIPE);
	sigaddset(&held, SIGXFSZ);
	for (size_t i = 0; i < 3; i++)
		sigaddset(&held, stop_signals[i]);
	sigprocmask(SIG_BLOCK, &held, &while_waiting);
	sigaddset(&while_waiting, SIGPIPE);
	sigaddset(&while_waiting, SIGXFSZ);
	for (size_t i = 0; i < 3; i++) {
		sigaction(stop_signals[i], &stop, &before);
		if (before.sa_handler == SIG_IGN)
			sigaction(stop_signals[i], &before, NULL);
		sigdelset(&while_waiting, stop_signals[i]);
	}
}

ssize_t wait_write(int file, struct span bytes)
{
	const int before = stopped_by;
	sigset_t held;
	ssize_t done = -1;

	sigprocmask(SIG_SETMASK, &while_waiting, &held);
	errno = EINTR;
	if (stopped_by == before)
		done = write(file, bytes.at, bytes.len);
	sigprocmask(SIG_SETMASK, &held, NULL);
	return done;
}

int wait_signal(void)
{
	return stopped_by;
}

static bool fail_signal(struct err *e)
{
	const char *name = stopped_by == SIGINT    ? "SIGINT"
	                   : stopped_by == SIGTERM ? "SIGTERM"
	                                           : "SIGHUP";

	return err_set(e, ERR_SIGNAL, name);
}

bool wait_look(struct pollfd *files, size_t count, struct err *e)
{
	const struct timespec none = { 0, 0 };

	/* Where a file is ready, ppoll leaves signals for the next time. */
	if (stopped_by == 0 && ppoll(files, count, &none, &while_waiting) > 0)
		ppoll(NULL, 0, &none, &while_waiting);
	return stopped_by == 0 || fail_signal(e);
}

bool wait_not_over(struct deadline d, struct err *e)
{
	static unsigned asked;

	if (deadline_left(d) == 0)
		return err_set(e, ERR_DEADLINE, d.doing);
	return ++asked % SIGNAL_EVERY != 0 || wait_look(NULL, 0, e);
}

bool wait_ready(struct pollfd *files, size_t count, struct deadline d,
                struct err *e)
{
	for (;;) {
		int64_t left = deadline_left(d) < LONGEST_WAIT
		                       ? deadline_left(d)
		                       : LONGEST_WAIT;
		struct timespec t = { .tv_sec = (time_t)(left / 1000),
			              .tv_nsec =
			                      (long)(left % 1000) * 1000000 };
		int ready;

		if (stopped_by != 0)
			return fail_signal(e);
		ready = ppoll(files, count, &t, &while_waiting);
		if (ready > 0)
			return true;
		if (ready < 0 && errno != EINTR && errno != EAGAIN)
			return err_set_errno(e, ERR_SYSTEM, d.doing, errno);
		if (ready == 0 && deadline_left(d) == 0)
			return err_set(e, ERR_DEADLINE, d.doing);
	}
}

bool wait_file(int file, short event, struct deadline d, struct err *e)
{
	struct pollfd one = { .fd = file, .events = event };

	return wait_ready(&one, 1, d, e);
}

bool wait_pause(int64_t milliseconds, struct err *e)
{
	struct err woken = { 0 };

	if (!wait_ready(NULL, 0, deadline_in(milliseconds), &woken) &&
	    woken.code != ERR_DEADLINE)
		return err_set_span(
			e, woken.code,
			(struct span){ woken.detail, woken.detail_len });
	return true;
}
