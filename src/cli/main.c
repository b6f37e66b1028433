/* SPDX-License-Identifier: MIT */
/* Storage, the sequence of everything, and the exit status. */
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <mbedtls/version.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "base/fmt.h"
#include "cli/config.h"
#include "cli/delete.h"
#include "cli/list.h"
#include "net/roots.h"

/* All the memory there is, but for mbedTLS's arena in tls.c. */
static struct {
	struct options options;
	struct report report;
	struct config config;
	struct verify verify;
	struct api api;
	struct deletion deletion;
} work;

/* The file's own header where it is mapped; the linker's name for it. */
/* NOLINTNEXTLINE(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */
extern const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden")));

/*
 * Makes read-only what only relocation had to write: pointers in tables, and
 * the GOT. A dynamic linker does it elsewhere; musl's start code for a static
 * PIE does not. Rounded to whole pages, as there.
 */
static bool seal_relocations(struct err *e)
{
	const uintptr_t base = (uintptr_t)&__ehdr_start;
	const ElfW(Phdr) *p = (const void *)(base + __ehdr_start.e_phoff);
	uintptr_t from, to, page = (uintptr_t)getpagesize();

	while (p->p_type != PT_GNU_RELRO)
		p++; /* the Makefile sees to it that there is one */
	from = (base + p->p_vaddr) & -page;
	to = (base + p->p_vaddr + p->p_memsz) & -page;
	if (mprotect((void *)from, to - from, PROT_READ) == 0)
		return true;
	return err_set_errno(e, ERR_SYSTEM, "mprotect", errno);
}

/*
 * Where standard streams are closed, the next files opened would take their
 * numbers, and a record would go into the connection. A file of no use takes
 * their places: reads and writes of it fail, as they do of a closed one.
 */
static bool hold_standard_streams(struct err *e)
{
	struct pollfd files[] = { { .fd = STDIN_FILENO },
		                  { .fd = STDOUT_FILENO },
		                  { .fd = STDERR_FILENO } };
	bool closed = poll(files, 3, 0) < 0; /* maybe: too many for a process */
	int held;

	for (size_t i = 0; i < 3; i++)
		closed |= files[i].revents == POLLNVAL;
	if (!closed)
		return true;
	do
		held = open("/", O_PATH);
	while (held >= 0 && held <= STDERR_FILENO);
	if (held < 0)
		return err_set_errno(e, ERR_FILE_OPEN, "/", errno);
	close(held);
	return true;
}

static void put_version(struct buf *out)
{
	fmt_put(out,
	        "patrm " PATRM_VERSION "\n"
	        "mbedTLS " MBEDTLS_VERSION_STRING "\n"
	        "jsmn " PATRM_JSMN_VERSION "\n"
	        "musl " PATRM_MUSL_VERSION "\n"
	        "%lu roots of Mozilla's list of %s\n",
	        (unsigned long)roots_count(), roots_date());
}

/* A table at a terminal is as wide as that, and tells of progress itself. */
static void look_at_terminals(const struct options *o)
{
	struct winsize size = { 0 };
	struct report *r = &work.report;
	bool wide = options_command(o) == COMMAND_LIST &&
	            isatty(STDOUT_FILENO) == 1;

	r->quiet = options_has(o, OPTION_QUIET);
	r->progress = !r->quiet && !options_has(o, OPTION_VERBOSE) && !wide;
	if (wide && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0)
		size.ws_col = 0;
	if (wide)
		r->table.columns = size.ws_col > 80 ? size.ws_col : 80;
	work.api.seen = report_seen;
	work.api.seen_context = r;
}

static bool prepare(const struct options *o, struct err *e)
{
	struct config *c = &work.config;

	work.api.settings = &c->api; /* even if a signal ends it here */
	if (!config_resolve(c, o, e) ||
	    !config_set_clock(c, (int64_t)time(NULL), PATRM_BUILD_TIME, e))
		return false;
	work.verify.built = PATRM_BUILD_TIME;
	work.verify.pins = c->pins;
	work.verify.has_time = c->has_time;
	work.verify.time = c->time;
	if (c->server.secure &&
	    !castore_open(&work.verify.store, c->certificates, e))
		return false;
	if (c->certificate.name != NULL &&
	    !credential_take(&c->certificate,
	                     c->key.name != NULL ? &c->key : &c->certificate,
	                     deadline_in(c->api.timeout), e))
		return false;
	c->api.user_agent = "patrm/" PATRM_VERSION;
	client_init(&work.api.client, &c->server, &work.verify);
	work.api.client.route = &c->route;
	if (c->proxy.kind != PROXY_NONE)
		work.api.client.proxy = &c->proxy;
	if (options_has(o, OPTION_VERBOSE))
		work.api.client.say = report_line;
	work.api.client.say_context = &work.report;
	work.report.secret = api_secret(&c->api.identity);
	return audit_open(&work.deletion.audit,
	                  options_value(o, OPTION_AUDIT, 0), e);
}

static int report_failure(const struct err *e)
{
	report_error(&work.report, e);
	return (int)err_status(e->code);
}

static enum exit_status run_command(const struct options *o, bool ready)
{
	const struct api_identity *who = &work.config.api.identity;
	const struct list_choice choice = {
		options_has(o, OPTION_SERVICE_KEYS)  ? LIST_SERVICE
		: options_has(o, OPTION_ALL_MEMBERS) ? LIST_MEMBERS
						     : LIST_OWN,
		work.config.filter,
	};

	if (options_command(o) == COMMAND_LIST)
		return ready ? list_run(&work.api, &choice, &work.report)
		             : EXIT_UNREACHED;
	work.deletion.options = o;
	work.deletion.report = &work.report;
	return delete_run(&work.deletion, &work.api,
	                  who->bearer ? SPAN("") : api_secret(who));
}

static int run(int argc, char **argv)
{
	struct options *o = &work.options;
	struct report *report = &work.report;
	struct err e = { 0 };
	enum exit_status status;
	bool parsed = options_parse(o, argc, argv, &e), ready;

	report->form =
		options_has(o, OPTION_JSON) ? &report_json : &report_text;
	report->verb =
		options_has(o, OPTION_REVOKE) ? VERB_REVOKE : VERB_DELETE;
	if (!parsed)
		return report_failure(&e);
	if (options_command(o) == COMMAND_HELP)
		return report_document(options_put_help) ? 0 : 1;
	if (options_command(o) == COMMAND_VERSION)
		return report_document(put_version) ? 0 : 1;
	look_at_terminals(o);
	ready = prepare(o, &e);
	if (!ready && wait_signal() == 0)
		return report_failure(&e);
	/* After a signal each TOKEN is told as not tried; a list has none. */
	status = run_command(o, ready);
	client_end(&work.api.client);
	if (wait_signal() != 0 && status != EXIT_UNKNOWN)
		return EXIT_SIGNAL + wait_signal();
	return (int)status;
}

int main(int argc, char **argv)
{
	struct err e = { 0 };
	bool sealed = seal_relocations(&e);
	int status;

	/* Secrets in memory are for nobody else: no dump, no debugger. */
	prctl(PR_SET_DUMPABLE, 0);
	work.report.form = &report_text;
	wait_setup();
	if (!hold_standard_streams(&e) || !sealed)
		return report_failure(&e);
	status = run(argc, argv);
	credential_wipe();
	config_wipe(&work.config);
	delete_wipe(&work.deletion);
	return status;
}
