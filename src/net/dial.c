/* SPDX-License-Identifier: MIT */
/* TCP: resolve a name, connect, send and receive, all until a deadline. */
#include "net/dial.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fmt.h"

#define NEXT_ADDRESS_AFTER 250 /* milliseconds, RFC 8305 section 8 */

bool dial_is_address(const char *host)
{
	union address a;

	return strchr(host, '%') == NULL && address_parse(span_of(host), &a);
}

/* --- Connections --- */

static bool check_loopback(const struct dial *dial, struct err *e)
{
	uint8_t text[INET6_ADDRSTRLEN];
	struct buf detail = BUF_OVER(text);

	for (size_t f = 0; f < FAMILIES; f++)
		for (size_t i = 0; i < dial->names.found.count[f]; i++) {
			const union address *a = &dial->names.found.list[f][i];

			if (address_is_loopback(a))
				continue;
			fmt_address(&detail, address_bytes(a));
			return err_set_span(e, ERR_NOT_LOOPBACK,
			                    buf_written(&detail));
		}
	return true;
}

static bool is_untried(const struct dial *dial, size_t family)
{
	return dial->tried[family] < dial->names.found.count[family];
}

static bool has_untried(const struct dial *dial)
{
	return is_untried(dial, FAMILY_V6) || is_untried(dial, FAMILY_V4);
}

/* Of each family in turn, as long as there are any (RFC 8305 section 4). */
static union address *take_address(struct dial *dial)
{
	size_t family = dial->turn;

	if (!is_untried(dial, family))
		family = FAMILIES - 1 - family;
	dial->turn = FAMILIES - 1 - family;
	return &dial->names.found.list[family][dial->tried[family]++];
}

static void drop_attempt(struct dial *dial, size_t i)
{
	struct pollfd *file = &dial->files[RESOLVE_FILES + i];

	close(file->fd);
	dial->attempts--;
	memmove(file, file + 1, (dial->attempts - i) * sizeof(*file));
}

/* Makes room for one, if need be, out of the oldest, or of the lookup. */
static int open_socket(struct dial *dial, int family)
{
	const int kind = SOCK_STREAM | SOCK_NONBLOCK;
	int fd = -1;

	if (dial->attempts < DIAL_ATTEMPTS_MAX) {
		fd = socket(family, kind, 0);
		if (fd >= 0 || errno != EMFILE)
			return fd;
	}
	if (dial->attempts > 0)
		drop_attempt(dial, 0);
	else if (!dial->names.over)
		resolve_end(&dial->names);
	else
		return fd;
	return socket(family, kind, 0);
}

/* What no route leads to is less of a reason than any other. */
static void note_error(struct dial *dial, int error)
{
	if (dial->error == 0 || error != ENETUNREACH)
		dial->error = error;
}

/* Opens the next connection; true where it is under way. */
static bool start_attempt(struct dial *dial, const union address *to)
{
	int fd = open_socket(dial, to->any.sa_family);

	if (fd < 0) {
		note_error(dial, errno);
		return false;
	}
	/* Interrupted, the connection goes on by itself (POSIX connect). */
	if (connect(fd, &to->any, address_size(to)) == 0 ||
	    errno == EINPROGRESS || errno == EINTR) {
		dial->files[RESOLVE_FILES + dial->attempts++] =
			(struct pollfd){ .fd = fd, .events = POLLOUT };
		dial->next = deadline_in(NEXT_ADDRESS_AFTER).at;
		return true;
	}
	note_error(dial, errno);
	close(fd);
	return false;
}

/* Starts those that are due: the next one where the last is old, or failed. */
static bool start_attempts(struct dial *dial, const struct url *to,
                           struct err *e)
{
	if (!to->secure && !check_loopback(dial, e))
		return false;
	while (dial->names.ready && has_untried(dial) &&
	       (dial->attempts == 0 || deadline_in(0).at >= dial->next)) {
		union address *address = take_address(dial);

		address_set_port(address, to->port);
		start_attempt(dial, address);
	}
	return true;
}

/* Gives and takes away the first connection made; drops those that failed. */
static int take_winner(struct dial *dial)
{
	for (size_t i = 0; i < dial->attempts;) {
		struct pollfd *file = &dial->files[RESOLVE_FILES + i];
		int fd = file->fd, error = 0;
		socklen_t size = sizeof(error);

		if (file->revents == 0) {
			i++;
			continue;
		}
		if ((file->revents & (POLLERR | POLLHUP | POLLNVAL)) != 0 &&
		    getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
			error = errno;
		if (error == 0) {
			*file = dial->files[RESOLVE_FILES + --dial->attempts];
			return fd;
		}
		note_error(dial, error);
		dial->next = 0;
		drop_attempt(dial, i);
	}
	return -1;
}

/*
 * Polls the files that are open: with more of them, open or not, than a process
 * may have, poll fails.
 */
static bool poll_open(struct dial *dial, struct deadline d, struct err *e)
{
	struct pollfd open[RESOLVE_FILES + DIAL_ATTEMPTS_MAX];
	const size_t all = RESOLVE_FILES + dial->attempts;
	size_t count = 0;
	bool ready;

	for (size_t i = 0; i < all; i++)
		if (dial->files[i].fd >= 0)
			open[count++] = dial->files[i];
	ready = wait_ready(open, count, d, e);
	for (size_t i = all; i-- > 0;) {
		dial->files[i].revents = 0;
		if (ready && dial->files[i].fd >= 0)
			dial->files[i].revents = open[--count].revents;
	}
	return ready;
}

/* Waits for news of the lookup or of a connection, or until one is due. */
static bool wait_for_news(struct dial *dial, struct deadline d, struct err *e)
{
	struct deadline next = { dial->names.wake, d.doing };
	struct err woken = { 0 };

	if (dial->names.ready && has_untried(dial) && dial->next < next.at)
		next.at = dial->next;
	if (!wait_not_over(d, e))
		return false;
	if (next.at >= d.at)
		return poll_open(dial, d, e);
	if (poll_open(dial, next, &woken) || woken.code == ERR_DEADLINE)
		return true;
	*e = woken;
	return false;
}

static bool fail_connect(const struct url *to, const struct dial *dial,
                         struct err *e)
{
	uint8_t text[URL_HOST_MAX + 9];
	struct buf peer = BUF_OVER(text);

	url_put_authority(&peer, to);
	buf_byte(&peer, '\0');
	return err_set_errno(e, ERR_CONNECT, (const char *)text, dial->error);
}

static bool run(struct dial *dial, const struct url *to, struct deadline d,
                struct err *e)
{
	for (;;) {
		if (!resolve_step(&dial->names, d, e) ||
		    !start_attempts(dial, to, e))
			return false;
		if (dial->names.over && dial->attempts == 0)
			return fail_connect(to, dial, e);
		d.doing = dial->names.ready ? "connecting"
		                            : "resolving the host name";
		if (!wait_for_news(dial, d, e))
			return false;
		dial->fd = take_winner(dial);
		if (dial->fd >= 0)
			return true;
	}
}

bool dial_connect(struct dial *dial, const struct url *to, struct deadline d,
                  struct err *e)
{
	struct span given = { NULL, 0 };
	bool done;

	dial->names.files = dial->files;
	dial->attempts = 0;
	dial->tried[FAMILY_V6] = dial->tried[FAMILY_V4] = 0;
	dial->turn = FAMILY_V6;
	dial->next = 0;
	dial->error = 0;
	if (dial->route != NULL)
		given = route_addresses(dial->route, to);
	if (given.at != NULL)
		resolve_given(&dial->names, given);
	done = (given.at != NULL || resolve_begin(&dial->names, to, d, e)) &&
	       run(dial, to, d, e);
	resolve_end(&dial->names);
	while (dial->attempts > 0)
		drop_attempt(dial, 0);
	return done;
}

/* --- Bytes --- */

bool dial_write(int fd, struct span bytes, struct deadline d, struct err *e)
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

enum net_input dial_read(int fd, struct buf *into, struct deadline d,
                         struct err *e)
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
