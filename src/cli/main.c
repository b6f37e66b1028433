/* SPDX-License-Identifier: MIT */
/* Storage, the sequence of everything, and the exit status. */
#include <errno.h>
#include <fcntl.h>
#include <mbedtls/version.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
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
	struct trust trust;
	struct api api;
	struct deletion deletion;
} work;

/* --- The process --- */

/*
 * Where standard streams are closed, the next files opened would take their
 * numbers, and a record would go into the connection. A file of no use takes
 * their places: reads and writes of it fail, as they do of a closed one.
 */
static bool
hold_standard_streams(void)
{
	int file;

	do
		file = open("/", O_PATH | O_CLOEXEC);
	while (file >= 0 && file <= STDERR_FILENO);
	if (file < 0)
		return false;
	close(file);
	return true;
}

/* Secrets in memory are for nobody else: no dump, no debugger. */
static void
hide_memory(void)
{
	const struct rlimit none = { 0, 0 };

	prctl(PR_SET_DUMPABLE, 0);
	setrlimit(RLIMIT_CORE, &none);
}

static void
put_version(struct buf *out)
{
	buf_text(out, "patrm " PATRM_VERSION "\n"
	              "mbedTLS " MBEDTLS_VERSION_STRING "\n"
	              "jsmn " PATRM_JSMN_VERSION "\n"
	              "musl " PATRM_MUSL_VERSION "\n");
	fmt_uint(out, roots_count());
	buf_text(out, " roots of Mozilla's list of ");
	buf_text(out, roots_date());
	buf_byte(out, '\n');
}

/* --- Everything --- */

static bool
prepare_trust(const struct config *c, struct err *e)
{
	work.trust.built = PATRM_BUILD_TIME;
	work.trust.pin_count = c->pin_count;
	memcpy(work.trust.pins, c->pins, sizeof(c->pins));
	if (c->has_time)
		trust_set_time(c->time);
	return trust_open(&work.trust, c->certificates, e);
}

static bool
prepare(const struct options *o, struct err *e)
{
	struct config *c = &work.config;

	if (!config_resolve(c, o, e))
		return false;
	if (c->server.secure && !prepare_trust(c, e))
		return false;
	c->api.user_agent = "patrm/" PATRM_VERSION;
	api_init(&work.api, &c->server, &work.trust, &c->api);
	if (options_has(o, OPTION_VERBOSE))
		work.api.client.say = report_line;
	return audit_open(&work.deletion.audit,
	                  options_value(o, OPTION_AUDIT, 0), e);
}

static int
report_failure(const struct err *e)
{
	report_error(&work.report, e);
	return err_status(e->code);
}

static enum exit_status
run_command(const struct options *o, bool ready)
{
	struct span secret = config_secret(&work.config);

	if (options_command(o) == COMMAND_LIST && !ready)
		return EXIT_UNREACHED;
	if (options_command(o) == COMMAND_LIST)
		return list_run(&work.api,
		                options_has(o, OPTION_ALL_MEMBERS)
		                        ? LIST_MEMBERS
		                        : LIST_OWN,
		                &work.report);
	if (work.config.api.identity.bearer)
		secret = SPAN("");
	work.deletion.options = o;
	work.deletion.report = &work.report;
	return delete_run(&work.deletion, &work.api, secret);
}

static int
run(int argc, char **argv)
{
	struct options *o = &work.options;
	struct report *report = &work.report;
	struct err e = { 0 };
	enum exit_status status;
	bool ready;

	if (!options_parse(o, argc, argv, &e))
		return report_failure(&e);
	if (options_command(o) == COMMAND_HELP)
		return report_document(options_put_help) ? 0 : 1;
	if (options_command(o) == COMMAND_VERSION)
		return report_document(put_version) ? 0 : 1;
	report->form =
		options_has(o, OPTION_JSON) ? &report_json : &report_text;
	report->quiet = options_has(o, OPTION_QUIET);
	report->verb =
		options_has(o, OPTION_REVOKE) ? VERB_REVOKE : VERB_DELETE;
	ready = prepare(o, &e);
	if (!ready && wait_signal() == 0)
		return report_failure(&e);
	/* After a signal each TOKEN is told as not tried; a list has none. */
	status = run_command(o, ready);
	client_close(&work.api.client);
	if (wait_signal() != 0 && status != EXIT_UNKNOWN)
		return EXIT_SIGNAL + wait_signal();
	return (int)status;
}

int
main(int argc, char **argv)
{
	struct err e = { 0 };
	int status;

	hide_memory();
	wait_setup();
	if (!hold_standard_streams()) {
		err_set_errno(&e, ERR_FILE_OPEN, "/", errno);
		return report_failure(&e);
	}
	status = run(argc, argv);
	config_wipe(&work.config);
	delete_wipe(&work.deletion);
	return status;
}
