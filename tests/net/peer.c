/* SPDX-License-Identifier: MIT */
/* A scripted peer on loopback: a child process that plays turns, and a log. */
#include "net/peer.h"

#include <dirent.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LONGEST_LIFE 10 /* seconds */

/* --- In the child --- */

struct play {
	int listener;
	int link; /* -1 without a connection */
	struct peer_log *log;
	size_t read; /* bytes of the request at hand */
};

/* Adds what comes to the log; false at the end of the connection. */
static bool hear(struct play *p)
{
	struct peer_log *log = p->log;
	ssize_t got = recv(p->link, log->bytes + log->len,
	                   sizeof(log->bytes) - log->len, 0);

	if (got <= 0)
		return false;
	log->len += (size_t)got;
	p->read += (size_t)got;
	return true;
}

static bool has_head(const struct play *p)
{
	const uint8_t *begin = p->log->bytes + p->log->len - p->read;

	return memmem(begin, p->read, "\r\n\r\n", 4) != NULL;
}

static bool hear_request(struct play *p)
{
	p->read = 0;
	while (!has_head(p))
		if (!hear(p))
			return false;
	p->log->requests++;
	return true;
}

static void hang_up(struct play *p)
{
	if (p->link >= 0)
		close(p->link);
	p->link = -1;
}

static void answer_call(struct play *p)
{
	int on = 1;

	p->link = accept(p->listener, NULL, NULL);
	if (p->link < 0)
		_exit(1);
	p->log->connections++;
	setsockopt(p->link, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

/* Waits for what the turn is about, on this connection or the next. */
static void meet(struct play *p, const struct peer_turn *turn)
{
	for (;;) {
		if (p->link < 0)
			answer_call(p);
		if (turn->deaf || hear_request(p))
			return;
		hang_up(p);
	}
}

static void say(struct play *p, const uint8_t *bytes, size_t len, size_t piece)
{
	while (len > 0) {
		ssize_t sent = send(p->link, bytes, len < piece ? len : piece,
		                    MSG_NOSIGNAL);

		if (sent <= 0)
			return;
		bytes += sent;
		len -= (size_t)sent;
	}
}

static void say_all(struct play *p, const struct peer_turn *turn)
{
	static uint8_t filler[4096];
	struct span text = span_of(turn->say != NULL ? turn->say : "");

	say(p, text.at, text.len, turn->bytewise ? 1 : text.len);
	memset(filler, 'x', sizeof(filler));
	for (size_t left = turn->filler; left > 0;) {
		size_t len = left < sizeof(filler) ? left : sizeof(filler);

		say(p, filler, len, len);
		left -= len;
	}
}

static void end(struct play *p, enum peer_end how)
{
	const struct linger at_once = { .l_onoff = 1 };
	struct pollfd gone = { .fd = p->link, .events = POLLRDHUP };

	if (how == PEER_KEEPS)
		return;
	if (how == PEER_RESETS) {
		/* What the client has not read yet would be lost with it. */
		usleep(50000);
		setsockopt(p->link, SOL_SOCKET, SO_LINGER, &at_once,
		           sizeof(at_once));
	}
	if (how == PEER_HANGS)
		while (hear(p))
			;
	if (how == PEER_SLEEPS)
		poll(&gone, 1, -1);
	if (how == PEER_CLOSES) {
		/* To close with input unread would be a reset. */
		shutdown(p->link, SHUT_WR);
		while (hear(p))
			;
	}
	hang_up(p);
}

static _Noreturn void play(struct play *p, const struct peer_turn *turns,
                           size_t count)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(LONGEST_LIFE);
	for (size_t i = 0; i < count; i++) {
		meet(p, &turns[i]);
		if (i + 1 == count)
			close(p->listener);
		say_all(p, &turns[i]);
		end(p, turns[i].end);
	}
	while (p->link >= 0 && hear(p))
		;
	_exit(0);
}

/* --- In the test --- */

static int open_listener(uint16_t *port)
{
	struct sockaddr_in here = { .sin_family = AF_INET,
		                    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(here);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&here, size), 0);
	assert_int_equal(listen(fd, 8), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&here, &size), 0);
	*port = ntohs(here.sin_port);
	return fd;
}

static struct peer_log *share_log(void)
{
	static struct peer_log *log;

	if (log == NULL)
		log = mmap(NULL, sizeof(*log), PROT_READ | PROT_WRITE,
		           MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(log != MAP_FAILED);
	memset(log, 0, sizeof(*log));
	return log;
}

void peer_start(struct peer *p, const struct peer_turn *turns, size_t count)
{
	struct play in_child_play = { .link = -1, .log = share_log() };

	in_child_play.listener = open_listener(&p->port);
	p->log = in_child_play.log;
	p->child = fork();
	assert_true(p->child >= 0);
	if (p->child == 0)
		play(&in_child_play, turns, count);
	close(in_child_play.listener);
}

void peer_stop(struct peer *p)
{
	const struct timespec moment = { 0, 1000000 };

	for (int i = 0; i < 500; i++) {
		if (waitpid(p->child, NULL, WNOHANG) == p->child)
			return;
		nanosleep(&moment, NULL);
	}
	kill(p->child, SIGKILL);
	waitpid(p->child, NULL, 0);
}

struct span peer_requests(const struct peer *p)
{
	return (struct span){ p->log->bytes, p->log->len };
}

uint16_t peer_free_port(void)
{
	uint16_t port;

	close(open_listener(&port));
	return port;
}

size_t open_files(void)
{
	DIR *folder = opendir("/proc/self/fd");
	size_t count = 0;

	assert_non_null(folder);
	while (readdir(folder) != NULL)
		count++;
	closedir(folder);
	return count;
}

int in_child(int (*what)(void))
{
	pid_t child = fork();
	int status;

	assert_true(child >= 0);
	if (child == 0) {
		alarm(LONGEST_LIFE);
		_exit(what());
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}
