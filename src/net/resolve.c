/* SPDX-License-Identifier: MIT */
/* From the name of a host to its addresses: /etc/hosts, then DNS. */
#include "net/resolve.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/fmt.h"
#include "net/random.h"

#define OTHER_FAMILY 50 /* ms that it is waited for; RFC 8305 section 8 */
#define NEXT_SERVER 500 /* ms before one more is asked, beside the others */

static int64_t now(void)
{
	return deadline_in(0).at;
}

/* --- What needs no server --- */

/* A file that cannot be read says nothing, as in glibc. */
static bool read_file(struct resolve *r, const char *path, etc_take *take,
                      void *context, struct deadline d, struct err *e)
{
	int file = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	uint8_t *at = r->servers[0].bytes; /* which is not asked yet */
	const ssize_t room = sizeof(r->servers[0].bytes);
	struct etc_words w = { .len = 0 };
	ssize_t got = room;

	if (file < 0)
		return true;
	/* Less than was asked for is the last of it, or all there is of a pipe. */
	while (got == room && wait_not_over(d, e)) {
		do
			got = read(file, at, (size_t)room);
		while (got < 0 && errno == EINTR);
		if (got > 0)
			etc_feed(&w, (struct span){ at, (size_t)got }, take,
			         context);
	}
	etc_feed(&w, SPAN("\n"), take, context);
	close(file);
	return e->code == ERR_NONE;
}

static bool has_found(const struct resolve *r)
{
	return r->found.count[FAMILY_V6] + r->found.count[FAMILY_V4] > 0;
}

/* Of a list; what is none is left out. */
static void add_addresses(struct resolve *r, struct span list)
{
	struct span item;
	union address a;

	while (span_cut(&list, ',', &item))
		if (address_parse(span_trim(item, "[]"), &a))
			addresses_add(&r->found, &a);
}

static bool find_here(struct resolve *r, struct deadline d, struct err *e)
{
	struct etc_hosts hosts = { .name = span_of(r->host->host),
		                   .found = &r->found };
	BUF_ON_STACK(host, URL_HOST_MAX + URL_ZONE_MAX + 1);

	url_put_host(&host, r->host);
	add_addresses(r, dns_is_within(hosts.name, SPAN("localhost"))
	                         ? SPAN("::1,127.0.0.1")
	                         : buf_written(&host));
	return has_found(r) ||
	       read_file(r, "/etc/hosts", etc_take_host, &hosts, d, e);
}

static bool read_settings(struct resolve *r, struct deadline d, struct err *e)
{
	etc_resolv_init(&r->conf);
	if (!read_file(r, "/etc/resolv.conf", etc_take_setting, &r->conf, d, e))
		return false;
	etc_resolv_end(&r->conf);
	return true;
}

/* --- Names --- */

static bool has_dots(const struct resolve *r)
{
	unsigned dots = 0;

	for (const char *c = r->host->host; *c != '\0'; c++)
		dots += *c == '.';
	return dots >= r->conf.ndots;
}

/* Makes the questions for the host in that domain; false if it is no name. */
static bool put_queries(struct resolve *r, struct span domain)
{
	char text[URL_HOST_MAX + 2];
	struct buf name = { .at = (uint8_t *)text, .cap = sizeof(text) };

	memset(r->families, 0, sizeof(r->families));
	fmt_put(&name, "%s%s%.*s%c", r->host->host, domain.len > 0 ? "." : "",
	        FMT_SPAN(domain), '\0');
	return !name.failed &&
	       dns_query_init(&r->families[FAMILY_V6].query, text, DNS_AAAA) &&
	       dns_query_init(&r->families[FAMILY_V4].query, text, DNS_A);
}

/* Gives it an id that nobody can guess (RFC 5452 section 9.2). */
static bool put_id(struct dns_query *q, struct deadline d, struct err *e)
{
	return random_fill(q->bytes + DNS_PREFIX, 2, d, e);
}

/*
 * The next domain of the search list; without a list it is the one that this
 * machine is in.
 */
static bool next_domain(struct resolve *r, struct span *domain)
{
	struct utsname self;
	const char *dot;

	if (r->domains.at == NULL && !r->searched) {
		if (r->conf.search.len == 0 && uname(&self) == 0 &&
		    (dot = strchr(self.nodename, '.')) != NULL)
			etc_resolv_add_domain(&r->conf, span_of(dot + 1));
		r->domains = buf_written(&r->conf.search);
	}
	r->searched = true;
	return span_cut(&r->domains, ' ', domain);
}

/*
 * Begins with the next name, in the order of glibc's res_search: the name as it
 * is comes first if it has dots enough, else last, at the list's empty end.
 */
static bool begin_name(struct resolve *r, struct deadline d, struct err *e)
{
	struct span domain = SPAN("");
	bool first = r->names++ == 0 && (r->host->rooted || has_dots(r));

	while (first || next_domain(r, &domain)) {
		first = false;
		span_cut_prefix(&domain, SPAN("."));
		if (domain.len == 0 && r->bare)
			continue;
		r->bare |= domain.len == 0;
		if (!put_queries(r, domain))
			continue;
		r->began = now();
		r->settled = 0;
		r->first = r->best;
		return put_id(&r->families[FAMILY_V6].query, d, e) &&
		       put_id(&r->families[FAMILY_V4].query, d, e);
	}
	if (r->failed && r->error != 0)
		return err_set_errno(e, ERR_SYSTEM, "a socket", r->error);
	return err_set(e, r->failed ? ERR_LOOKUP : ERR_NO_NAME, r->host->host);
}

/*
 * No address has come of the name. As in glibc, the list is left where nobody
 * could say anything, and if the name as it is went first, it is what counts.
 */
static void end_name(struct resolve *r)
{
	const enum dns_answer a = r->families[FAMILY_V6].answer;
	const enum dns_answer b = r->families[FAMILY_V4].answer;
	const bool first = r->names == 1 && r->bare;

	if (!r->judged)
		r->failed |= a < DNS_NO_DATA || b < DNS_NO_DATA;
	r->judged |= first;
	if ((a > b ? a : b) <= (first ? DNS_NOTHING : DNS_FAILED))
		r->domains = SPAN("");
}

/* --- Servers --- */

static void close_file(struct resolve *r, size_t i)
{
	if (r->files[i].fd >= 0)
		close(r->files[i].fd);
	r->files[i].fd = -1;
}

static void end_family(struct resolve *r, size_t family)
{
	for (size_t n = 0; n < DNS_SERVERS_MAX; n++)
		close_file(r, family * DNS_SERVERS_MAX + n);
	r->families[family].over = true;
}

/* Connected, it hears from that address and port only; its own is random. */
static bool open_file(struct resolve *r, size_t i, bool tcp)
{
	const union address *server = &r->conf.servers[i % DNS_SERVERS_MAX];
	int kind = tcp ? SOCK_STREAM : SOCK_DGRAM;
	int fd = socket(server->any.sa_family, kind | SOCK_NONBLOCK, 0);

	r->error = fd < 0 ? errno : 0;
	if (fd < 0)
		return false;
	r->files[i] = (struct pollfd){ .fd = fd };
	r->files[i].events = tcp ? POLLOUT : POLLIN;
	r->servers[i].tcp = tcp;
	r->servers[i].got = 0;
	if (connect(fd, &server->any, address_size(server)) == 0 ||
	    errno == EINPROGRESS || errno == EINTR)
		return true;
	close_file(r, i);
	return false;
}

/* Over TCP in one piece, too: it is the first that is sent there. */
static bool send_query(struct resolve *r, size_t i)
{
	const struct dns_query *q = &r->families[i / DNS_SERVERS_MAX].query;
	const size_t from = r->servers[i].tcp ? 0 : DNS_PREFIX;

	r->files[i].events = POLLIN;
	return send(r->files[i].fd, q->bytes + from, q->len - from,
	            MSG_NOSIGNAL) >= 0 ||
	       errno == EAGAIN || errno == EINTR;
}

static bool ask_server(struct resolve *r, size_t i)
{
	if ((r->files[i].fd >= 0 || open_file(r, i, r->conf.tcp)) &&
	    (r->servers[i].tcp || send_query(r, i)))
		return true;
	close_file(r, i);
	return false;
}

/* One that has said nothing yet. */
static void ask_again(struct resolve *r, size_t i)
{
	if (r->files[i].fd >= 0)
		ask_server(r, i);
}

/* What a file that is ready brings; over TCP, once all of it is there. */
static enum dns_answer receive(struct resolve *r, size_t i,
                               struct dns_addresses *found)
{
	const struct dns_query *q = &r->families[i / DNS_SERVERS_MAX].query;
	struct resolve_server *s = &r->servers[i];
	size_t from = s->tcp ? s->got : DNS_PREFIX;
	struct buf in = { .at = s->bytes + DNS_PREFIX };
	enum dns_answer answer;
	ssize_t got;

	if (r->files[i].events == POLLOUT)
		return send_query(r, i) ? DNS_NOTHING : DNS_FAILED;
	got = recv(r->files[i].fd, s->bytes + from, sizeof(s->bytes) - from, 0);
	if (got < 0)
		return errno == EAGAIN || errno == EINTR ? DNS_NOTHING
		                                         : DNS_FAILED;
	in.len = (size_t)got;
	if (s->tcp && got > 0) {
		s->got += in.len;
		in.len = (size_t)s->bytes[0] << 8 | s->bytes[1];
		if (in.len > DNS_MESSAGE_MAX)
			in.len = DNS_MESSAGE_MAX;
		if (s->got < DNS_PREFIX + in.len)
			return DNS_NOTHING;
	}
	answer = dns_read(&in, q, found);
	return s->tcp && answer <= DNS_TRUNCATED ? DNS_FAILED : answer;
}

static void take_answer(struct resolve *r, size_t i)
{
	struct resolve_family *f = &r->families[i / DNS_SERVERS_MAX];
	struct dns_addresses found = { .count = 0 };
	enum dns_answer answer = receive(r, i, &found);
	union address a;

	if (answer == DNS_NOTHING)
		return;
	close_file(r, i);
	if (answer == DNS_TRUNCATED && open_file(r, i, true))
		return;
	f->answer = answer;
	f->next = 0; /* the next server, at once */
	if (answer >= DNS_NO_DATA) {
		r->best = i % DNS_SERVERS_MAX;
		end_family(r, i / DNS_SERVERS_MAX);
	}
	for (size_t n = 0; n < found.count; n++) {
		address_set(&a, found.list[n]);
		addresses_add(&r->found, &a);
	}
}

static bool is_waiting(const struct resolve *r, size_t family)
{
	for (size_t n = 0; n < DNS_SERVERS_MAX; n++)
		if (r->files[family * DNS_SERVERS_MAX + n].fd >= 0)
			return true;
	return false;
}

/*
 * Asks one server after the other, as often as the file says, while those that
 * were asked may still answer, and then the silent ones again, each timeout; for
 * as long as glibc would wait for them all.
 */
static void ask(struct resolve *r, size_t family)
{
	const size_t servers = r->conf.server_count;
	const size_t most = servers * r->conf.attempts;
	const int64_t end =
		r->began + (int64_t)r->conf.timeout * 1000 * (int64_t)most;
	struct resolve_family *f = &r->families[family];

	while (!f->over && now() >= f->next) {
		size_t n = (r->first + f->asked) % servers;

		if (f->asked < most) {
			f->asked++;
			if (ask_server(r, family * DNS_SERVERS_MAX + n))
				f->next = now() + NEXT_SERVER;
		} else if (now() < end && is_waiting(r, family)) {
			/* Silence may be a loss: they are asked again. */
			f->next = now() + (int64_t)r->conf.timeout * 1000;
			if (f->next > end)
				f->next = end;
			for (n = 0; n < servers; n++)
				ask_again(r, family * DNS_SERVERS_MAX + n);
		} else
			end_family(r, family);
	}
}

/* --- Lookups --- */

/*
 * Whether the wait for the slower family is over: the other has addresses, or
 * its answer is that there is no such name in that domain of the list, so that
 * the next one is asked for (RFC 8020).
 */
static bool is_settled(struct resolve *r)
{
	if (!has_found(r) &&
	    (r->bare || r->families[FAMILY_V4].answer != DNS_NO_NAME))
		return false;
	if (r->settled == 0)
		r->settled = now() + OTHER_FAMILY;
	return now() >= r->settled;
}

static void clear(struct resolve *r)
{
	for (size_t i = 0; i < RESOLVE_FILES; i++)
		r->files[i] = (struct pollfd){ .fd = -1 };
	r->found.count[FAMILY_V6] = r->found.count[FAMILY_V4] = 0;
}

void resolve_given(struct resolve *r, struct span addresses)
{
	clear(r);
	add_addresses(r, addresses);
	r->over = r->ready = true;
}

bool resolve_begin(struct resolve *r, const struct url *host, struct deadline d,
                   struct err *e)
{
	d = deadline_for(d, "resolving the host name");
	clear(r);
	r->host = host;
	r->names = 0;
	r->bare = r->judged = r->failed = false;
	r->error = 0;
	r->wake = INT64_MAX;
	if (!find_here(r, d, e))
		return false;
	r->over = r->ready = has_found(r);
	if (r->over)
		return true;
	if (!read_settings(r, d, e))
		return false;
	r->best = 0;
	if (r->conf.rotate && !random_fill(&r->best, sizeof(r->best), d, e))
		return false;
	r->domains = (struct span){ NULL, 0 };
	r->searched = host->rooted;
	return begin_name(r, d, e);
}

bool resolve_step(struct resolve *r, struct deadline d, struct err *e)
{
	struct resolve_family *v6 = &r->families[FAMILY_V6];
	struct resolve_family *v4 = &r->families[FAMILY_V4];
	bool settled;

	if (r->over)
		return true;
	for (size_t i = 0; i < RESOLVE_FILES; i++)
		if (r->files[i].fd >= 0 && r->files[i].revents != 0)
			take_answer(r, i);
	for (;;) {
		ask(r, FAMILY_V6);
		ask(r, FAMILY_V4);
		settled = is_settled(r);
		if (settled && !has_found(r))
			end_family(r, FAMILY_V6);
		r->over = v6->over && v4->over;
		if (has_found(r) || !r->over)
			break;
		end_name(r);
		if (!begin_name(r, d, e))
			return false;
	}
	r->ready = has_found(r) && (settled || r->over);
	r->wake = r->settled > 0 && !settled ? r->settled : INT64_MAX;
	for (size_t f = 0; f < FAMILIES; f++)
		if (!r->families[f].over && r->families[f].next < r->wake)
			r->wake = r->families[f].next;
	return true;
}

void resolve_end(struct resolve *r)
{
	end_family(r, FAMILY_V6);
	end_family(r, FAMILY_V4);
	r->over = true;
}
