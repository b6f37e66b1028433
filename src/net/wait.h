/* SPDX-License-Identifier: MIT */
/* The one place that waits: deadlines, readiness, and signals that stop. */
#ifndef NET_WAIT_H
#define NET_WAIT_H

#include <poll.h>
#include <sys/types.h>

#include "base/err.h"

/* A moment, and what is to be done until then. */
struct deadline {
	int64_t at; /* milliseconds of CLOCK_MONOTONIC */
	const char *doing; /* for the sentence about missing it */
};

/* The moment so many milliseconds from now. */
struct deadline deadline_in(int64_t milliseconds);

/* No deadline: for waiting for a person, or for whoever writes the input. */
struct deadline deadline_never(void);

/* The same moment for doing something else; the text is borrowed. */
struct deadline deadline_for(struct deadline d, const char *doing);

/* Milliseconds until then; 0 once it has passed. */
int64_t deadline_left(struct deadline d);

/*
 * Call once, first of all: from then on SIGINT, SIGTERM and SIGHUP are taken
 * only while waiting (those that were ignored stay ignored), and SIGPIPE and
 * SIGXFSZ not at all, so that a broken pipe or a file that may not grow is an
 * error like others.
 */
void wait_setup(void);

/*
 * write(2), into which such a signal comes, too: for a file that may block though
 * poll(2) calls it ready.
 */
ssize_t wait_write(int file, struct span bytes);

/*
 * The number of the signal that asked patrm to stop, or 0: as the last wait or
 * look has found it.
 */
int wait_signal(void);

/*
 * Looks at once which of the files are ready (revents), and whether a signal
 * has come: false with ERR_SIGNAL. It comes before what cannot be taken back.
 */
bool wait_look(struct pollfd *files, size_t count, struct err *e);

/*
 * For work that may go on without a wait: whether it may. False with
 * ERR_DEADLINE, or with ERR_SIGNAL, for which it looks now and then.
 */
bool wait_not_over(struct deadline d, struct err *e);

/*
 * Waits until one of the files is ready, or until the deadline: poll(2). False
 * with ERR_SIGNAL, ERR_DEADLINE or ERR_SYSTEM. Once a signal has come, every
 * wait fails with it.
 */
bool wait_ready(struct pollfd *files, size_t count, struct deadline d,
                struct err *e);

/* The same for one file and one event. */
bool wait_file(int file, short event, struct deadline d, struct err *e);

/* Waits so many milliseconds; false with ERR_SIGNAL. */
bool wait_pause(int64_t milliseconds, struct err *e);

#endif
