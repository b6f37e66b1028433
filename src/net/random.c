/* SPDX-License-Identifier: MIT */
/* Random numbers, from the kernel. */
#include "net/random.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/limits.h"

static int device; /* open where there is no getrandom, else 0 */

/* Drawn ahead, and given out from its end: one system call for a handshake. */
static uint8_t pool[RANDOM_POOL];
static size_t left;

/*
 * Linux before 3.17 has no getrandom, and some sandboxes deny it. What is taken
 * in its place is the device of that number (Linux's devices.txt), and not a
 * file that stands where it should be.
 */
static bool open_device(struct err *e)
{
	struct stat is;
	int file = open("/dev/urandom", O_RDONLY | O_NOCTTY | O_NONBLOCK);

	if (file < 0)
		return err_set_errno(e, ERR_RANDOM,
		                     "no getrandom, and /dev/urandom", errno);
	if (fstat(file, &is) == 0 && S_ISCHR(is.st_mode) &&
	    is.st_rdev == makedev(1, 9)) {
		device = file;
		return true;
	}
	close(file);
	return err_set(e, ERR_RANDOM,
	               "no getrandom, and /dev/urandom is not the "
	               "kernel's");
}

/* Of whichever of the two there is; as read(2). */
static ssize_t draw(void *out, size_t size)
{
	errno = 0;
	/* Without that flag it blocks for as long as it takes. */
	return device == 0 ? getrandom(out, size, GRND_NONBLOCK)
	                   : read(device, out, size);
}

static void on_alarm(int number)
{
	(void)number;
}

/*
 * A machine where nothing happens gets no random numbers, unless somebody waits
 * for them in the call: Linux from 5.4 on makes its own then. So this waits in
 * it, for a tenth of a second: the alarm rings on, lest one be missed that rang
 * before the call began.
 */
static void let_kernel_gather(void)
{
	const struct timeval tenth = { .tv_usec = 100000 };
	const struct itimerval rings = { tenth, tenth };
	struct itimerval own;
	struct sigaction usual, wakes = { .sa_handler = on_alarm };
	sigset_t alarm, before;
	uint8_t byte;

	sigemptyset(&alarm);
	sigaddset(&alarm, SIGALRM);
	sigaction(SIGALRM, &wakes, &usual);
	sigprocmask(SIG_UNBLOCK, &alarm, &before);
	if (setitimer(ITIMER_REAL, &rings, &own) == 0) {
		(void)!getrandom(&byte, sizeof(byte), 0);
		setitimer(ITIMER_REAL, &own, NULL);
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	sigaction(SIGALRM, &usual, NULL);
}

/* Whether it may be tried again, after it has failed with errno. */
static bool again(struct deadline d, struct err *e)
{
	if (errno == EINTR)
		return true;
	if (errno == EAGAIN && deadline_left(d) > 0) {
		let_kernel_gather();
		return wait_pause(10, e);
	}
	if (errno == EAGAIN)
		return err_set(e, ERR_RANDOM, "the kernel has none yet");
	if (device == 0)
		return open_device(e);
	return err_set_errno(e, ERR_RANDOM, "/dev/urandom", errno);
}

static bool fill_pool(struct deadline d, struct err *e)
{
	while (left < sizeof(pool)) {
		ssize_t got = draw(pool + left, sizeof(pool) - left);

		if (got > 0)
			left += (size_t)got;
		else if (!again(d, e))
			return false;
	}
	return true;
}

bool random_fill(void *out, size_t size, struct deadline d, struct err *e)
{
	uint8_t *at = out;

	while (size > 0) {
		size_t some = size < left ? size : left;

		left -= some;
		memcpy(at, pool + left, some);
		explicit_bzero(pool + left, some);
		at += some;
		size -= some;
		if (size > 0 && !fill_pool(d, e))
			return false;
	}
	return true;
}
