/* SPDX-License-Identifier: MIT */
/* TCP: resolve a name, connect, send and receive, all until a deadline. */
#include "net/dial.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fmt.h"

#define NEXT_ADDRESS_AFTER 250 /* milliseconds, RFC 8305 section 8 */

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* What a host name stands for; also what the resolving child sends. */
struct addresses {
	int error; /* EAI_..., or 0 */
	size_t count;
	union address list[DIAL_ADDRESSES_MAX];
};

/* --- Addresses --- */

static socklen_t
address_size(const union address *a)
{
	return a->any.sa_family == AF_INET6 ? sizeof(a->v6) : sizeof(a->v4);
}

static bool
is_loopback(const union address *a)
{
	if (a->any.sa_family == AF_INET6)
		return IN6_IS_ADDR_LOOPBACK(&a->v6.sin6_addr) ||
		       (IN6_IS_ADDR_V4MAPPED(&a->v6.sin6_addr) &&
		        a->v6.sin6_addr.s6_addr[12] == 127);
	return ntohl(a->v4.sin_addr.s_addr) >> 24 == 127;
}

static struct span
address_bytes(const union address *a)
{
	if (a->any.sa_family == AF_INET6)
		return (struct span){ a->v6.sin6_addr.s6_addr, 16 };
	return (struct span){ (const uint8_t *)&a->v4.sin_addr, 4 };
}

static bool
parse_address(const char *host, union address *a)
{
	memset(a, 0, sizeof(*a));
	if (inet_pton(AF_INET, host, &a->v4.sin_addr) == 1)
		a->v4.sin_family = AF_INET;
	else if (inet_pton(AF_INET6, host, &a->v6.sin6_addr) == 1)
		a->v6.sin6_family = AF_INET6;
	else
		return false;
	return true;
}

bool
dial_is_address(const char *host)
{
	union address a;

	return parse_address(host, &a);
}

/* --- Names --- */

static void
resolve(const char *host, struct addresses *out)
{
	const struct addrinfo hints = { .ai_family = AF_UNSPEC,
		                        .ai_socktype = SOCK_STREAM };
	struct addrinfo *found = NULL;

	memset(out, 0, sizeof(*out));
	out->error = getaddrinfo(host, NULL, &hints, &found);
	for (struct addrinfo *i = found; i != NULL; i = i->ai_next) {
		if (out->count == DIAL_ADDRESSES_MAX ||
		    i->ai_addrlen > sizeof(out->list[0]))
			break;
		memcpy(&out->list[out->count++], i->ai_addr, i->ai_addrlen);
	}
}

/* The child's part; what it cannot write, the parent misses. */
static _Noreturn void
resolve_in_child(const char *host, int to, pid_t parent)
{
	struct addresses found;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() == parent) {
		resolve(host, &found);
		if (write(to, &found, sizeof(found)) == (ssize_t)sizeof(found))
			_exit(0);
	}
	_exit(1);
}

static bool
read_addresses(int from, struct addresses *out, struct deadline d,
               struct err *e)
{
	ssize_t got;

	_Static_assert(sizeof(*out) <= 512, "a pipe takes it in one piece");
	if (!wait_file(from, POLLIN, deadline_for(d, "resolving the host name"),
	               e))
		return false;
	do
		got = read(from, out, sizeof(*out));
	while (got < 0 && errno == EINTR);
	if (got != (ssize_t)sizeof(*out))
		out->error = EAI_FAIL;
	return true;
}

/*
 * libc's resolver blocks for as long as it likes and knows no deadline. So a
 * child asks it, and is killed when the time is up.
 */
static bool
resolve_until(const char *host, struct addresses *out, struct deadline d,
              struct err *e)
{
	int ends[2];
	pid_t self = getpid(), child;
	bool done;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return err_set_errno(e, ERR_SYSTEM, "a pipe", errno);
	child = fork();
	if (child == 0)
		resolve_in_child(host, ends[1], self);
	close(ends[1]);
	if (child < 0)
		err_set_errno(e, ERR_SYSTEM, "a process", errno);
	done = child > 0 && read_addresses(ends[0], out, d, e);
	close(ends[0]);
	if (child > 0) {
		kill(child, SIGKILL);
		while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
			;
	}
	return done;
}

static bool
find_addresses(const char *host, struct addresses *out, struct deadline d,
               struct err *e)
{
	memset(out, 0, sizeof(*out));
	if (parse_address(host, &out->list[0])) {
		out->count = 1;
		return true;
	}
	/* RFC 6761 section 6.3: nobody is asked for that one. */
	if (strcmp(host, "localhost") == 0) {
		parse_address("127.0.0.1", &out->list[0]);
		parse_address("::1", &out->list[1]);
		out->count = 2;
		return true;
	}
	if (!resolve_until(host, out, d, e))
		return false;
	if (out->error == EAI_NONAME || out->error == EAI_NODATA)
		return err_set(e, ERR_NO_NAME, span_of(host));
	if (out->error != 0 || out->count == 0)
		return err_set(e, ERR_LOOKUP, span_of(host));
	return true;
}

static bool
check_loopback(const struct addresses *all, struct err *e)
{
	uint8_t text[INET6_ADDRSTRLEN];
	struct buf detail = BUF_OVER(text);

	for (size_t i = 0; i < all->count; i++) {
		if (is_loopback(&all->list[i]))
			continue;
		fmt_address(&detail, address_bytes(&all->list[i]));
		return err_set(e, ERR_NOT_LOOPBACK, buf_written(&detail));
	}
	return true;
}

/* --- Connections --- */

/* Connections under way; files[i].fd is -1 where one has failed. */
struct race {
	struct pollfd files[DIAL_ADDRESSES_MAX];
	size_t started;
	int error; /* errno of the last that failed */
};

/* Opens the next connection; true where it is under way. */
static bool
race_start(struct race *race, const union address *to)
{
	int fd = socket(to->any.sa_family,
	                SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct pollfd *file = &race->files[race->started++];
	int on = 1;

	*file = (struct pollfd){ .fd = fd, .events = POLLOUT };
	if (fd < 0) {
		race->error = errno;
		return false;
	}
	/* Without it each request waits for the peer's delayed ACK. */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	/* Interrupted, the connection goes on by itself (POSIX connect). */
	if (connect(fd, &to->any, address_size(to)) == 0 ||
	    errno == EINPROGRESS || errno == EINTR)
		return true;
	race->error = errno;
	close(fd);
	file->fd = -1;
	return false;
}

/* Gives and takes away the first connection made; closes those that failed. */
static int
race_take_winner(struct race *race)
{
	for (size_t i = 0; i < race->started; i++) {
		struct pollfd *file = &race->files[i];
		int fd = file->fd, error = 0;
		socklen_t size = sizeof(error);

		if (fd < 0 || file->revents == 0)
			continue;
		file->fd = -1;
		if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
			error = errno;
		if (error == 0)
			return fd;
		race->error = error;
		close(fd);
	}
	return -1;
}

static bool
race_is_running(const struct race *race)
{
	for (size_t i = 0; i < race->started; i++)
		if (race->files[i].fd >= 0)
			return true;
	return false;
}

/* Waits for news of any connection, or until it is time for the next one. */
static bool
race_wait(struct race *race, bool more, struct deadline d, struct err *e)
{
	struct deadline next = deadline_in(NEXT_ADDRESS_AFTER);
	struct err woken = { 0 };

	for (size_t i = 0; i < race->started; i++)
		race->files[i].revents = 0;
	if (!more || next.at >= d.at)
		return wait_ready(race->files, race->started,
		                  deadline_for(d, "connecting"), e);
	if (!wait_ready(race->files, race->started, next, &woken) &&
	    woken.code != ERR_DEADLINE) {
		*e = woken;
		return false;
	}
	return true;
}

static int
race_run(struct race *race, const struct addresses *all, struct deadline d,
         struct err *e)
{
	for (;;) {
		int fd;

		while (race->started < all->count &&
		       !race_start(race, &all->list[race->started]))
			;
		if (!race_is_running(race))
			return -1;
		if (!race_wait(race, race->started < all->count, d, e))
			return -1;
		fd = race_take_winner(race);
		if (fd >= 0)
			return fd;
	}
}

static bool
fail_connect(const struct url *to, const struct race *race, struct err *e)
{
	uint8_t text[URL_HOST_MAX + 9];
	struct buf peer = BUF_OVER(text);

	url_put_authority(&peer, to);
	buf_byte(&peer, '\0');
	return err_set_errno(e, ERR_CONNECT, (const char *)text, race->error);
}

bool
dial_connect(const struct url *to, int *fd, struct deadline d, struct err *e)
{
	struct addresses all;
	struct race race = { .started = 0 };

	if (!find_addresses(to->host, &all, d, e) ||
	    (!to->secure && !check_loopback(&all, e)))
		return false;
	for (size_t i = 0; i < all.count; i++)
		if (all.list[i].any.sa_family == AF_INET6)
			all.list[i].v6.sin6_port = htons(to->port);
		else
			all.list[i].v4.sin_port = htons(to->port);
	*fd = race_run(&race, &all, d, e);
	for (size_t i = 0; i < race.started; i++)
		if (race.files[i].fd >= 0)
			close(race.files[i].fd);
	if (*fd < 0 && e->code == ERR_NONE)
		return fail_connect(to, &race, e);
	return *fd >= 0;
}

/* --- Bytes --- */

bool
dial_write(int fd, struct span bytes, struct deadline d, struct err *e)
{
	while (bytes.len > 0) {
		ssize_t sent = send(fd, bytes.at, bytes.len, MSG_NOSIGNAL);

		if (sent >= 0)
			bytes = span_skip(bytes, (size_t)sent);
		else if (errno == EAGAIN) {
			if (!wait_file(fd, POLLOUT, d, e))
				return false;
		} else if (errno != EINTR)
			return err_set_errno(e, ERR_SEND, "send", errno);
	}
	return true;
}

enum net_input
dial_read(int fd, struct buf *into, struct deadline d, struct err *e)
{
	for (;;) {
		ssize_t got;

		/* Who sends without a pause keeps nothing else away. */
		if (!wait_not_over(d, e))
			return NET_FAILED;
		got = recv(fd, into->at, into->cap, 0);
		if (got >= 0) {
			into->len = (size_t)got;
			return got > 0 ? NET_DATA : NET_END;
		}
		if (errno == EAGAIN) {
			if (!wait_file(fd, POLLIN, d, e))
				return NET_FAILED;
		} else if (errno != EINTR) {
			err_set_errno(e, ERR_RECEIVE, "receive", errno);
			return NET_FAILED;
		}
	}
}
