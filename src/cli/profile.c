/* SPDX-License-Identifier: MIT */
/* The profiles of LangSmith's own tools, which are only read. */
#include "cli/profile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fmt.h"
#include "cli/input.h"
#include "cli/options.h"
#include "langsmith/key.h"

/* Its name; *usual where nobody has asked for just this one. */
static const char *file_name(struct buf *path, bool *usual)
{
	const char *named = getenv("LANGSMITH_CONFIG_FILE");
	const char *home = getenv("HOME");

	*usual = named == NULL || named[0] == '\0';
	if (!*usual)
		return named;
	if (home == NULL || home[0] == '\0')
		return NULL;
	fmt_put(path, "%s/.langsmith/config.json%c", home, '\0');
	return path->failed ? NULL : (const char *)path->at;
}

/* False with e set; and where there is no file, without. */
static bool read_file(struct profile *p, struct err *e)
{
	struct buf content = BUF_OVER(p->file);
	BUF_ON_STACK(path, PATH_LEN_MAX);
	struct stat info;
	bool usual, whole;
	const char *name = file_name(&path, &usual);
	int file;

	if (name == NULL)
		return false;
	file = open(name, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	if (file < 0 && usual && (errno == ENOENT || errno == ENOTDIR))
		return false;
	if (file < 0)
		return err_set_errno(e, ERR_FILE_OPEN, name, errno);
	/* A pipe might never end. */
	if (fstat(file, &info) != 0 || !S_ISREG(info.st_mode))
		whole = err_set(e, ERR_PROFILE_FILE,
		                SPAN("it is not a regular file"));
	else
		whole = input_read_all(file, &content, name, e);
	close(file);
	p->file_len = content.len;
	if (whole && content.len == content.cap)
		return err_set(e, ERR_PROFILE_FILE,
		               SPAN("the file is longer than 64 KiB"));
	return whole;
}

/* The file as JSON, and what is wrong with it. */
struct reader {
	struct profile *profile;
	struct json doc;
	struct err *err;
};

/* An object that says one thing; null and none are none, without an error. */
static bool find_object(struct reader *r, size_t parent, const char *name,
                        size_t *value)
{
	return json_has(&r->doc, parent, name, value) &&
	       (json_is_unambiguous(&r->doc, *value) ||
	        err_set(r->err, ERR_PROFILE_FILE, span_of(name)));
}

/* Likewise a string, unescaped into p->values. */
static void read_string(struct reader *r, size_t parent, const char *name,
                        struct span *string)
{
	struct profile *p = r->profile;
	struct buf out = { .at = p->values + p->values_len,
		           .cap = sizeof(p->values) - p->values_len };
	size_t value;

	if (!json_has(&r->doc, parent, name, &value))
		return;
	if (!json_is_string(&r->doc, value)) {
		err_set(r->err, ERR_PROFILE_FILE, span_of(name));
		return;
	}
	/* It has no more bytes than the text that it stands in. */
	json_put_string(&out, &r->doc, value);
	p->values_len += out.len;
	*string = span_trim(buf_written(&out), SPAN_WRAPPING);
}

/* Finds the profile; without an error where there is none, and need not be. */
static bool find_profile(struct reader *r, const char *option, size_t *profile)
{
	const char *variable = options_variable(OPTION_PROFILE);
	struct span asked = span_trim(span_of(variable), SPAN_WRAPPING);
	BUF_ON_STACK(name, PROFILE_NAME_MAX + 1);
	size_t profiles;
	bool wanted;

	if (option != NULL)
		asked = span_of(option);
	else if (variable == NULL)
		read_string(r, 0, "current_profile", &asked);
	wanted = option != NULL || asked.len > 0;
	if (!wanted)
		asked = SPAN("default");
	fmt_put(&name, "%.*s%c", FMT_SPAN(asked), '\0');
	if (!name.failed && find_object(r, 0, "profiles", &profiles) &&
	    find_object(r, profiles, (const char *)name.at, profile))
		return true;
	if (wanted)
		err_set(r->err, ERR_PROFILE,
		        key_is_in(asked) ? SPAN("of that name") : asked);
	return false;
}

bool profile_read(struct profile *p, const char *name, struct err *e)
{
	struct reader r = { .profile = p, .err = e };
	size_t profile, oauth, expiry;

	if (!read_file(p, e)) {
		if (name != NULL)
			err_set(e, ERR_PROFILE, span_of(name));
		return e->code == ERR_NONE;
	}
	if (json_parse(&r.doc, (struct span){ p->file, p->file_len }, p->tokens,
	               PROFILES_TOKENS_MAX) != JSON_DONE ||
	    !json_is_unambiguous(&r.doc, 0))
		return err_set(e, ERR_PROFILE_FILE,
		               SPAN("the file is not a JSON object"));
	if (!find_profile(&r, name, &profile))
		return e->code == ERR_NONE;
	read_string(&r, profile, "api_url", &p->api_url);
	read_string(&r, profile, "api_key", &p->api_key);
	read_string(&r, profile, "workspace_id", &p->workspace);
	if (!find_object(&r, profile, "oauth", &oauth))
		return e->code == ERR_NONE;
	read_string(&r, oauth, "access_token", &p->access_token);
	if (json_has(&r.doc, oauth, "expires_at", &expiry) &&
	    json_is_string(&r.doc, expiry))
		read_string(&r, oauth, "expires_at", &p->expires_at);
	return e->code == ERR_NONE;
}

void profile_wipe(struct profile *p)
{
	explicit_bzero(p->file, p->file_len);
	explicit_bzero(p->values, p->values_len);
	memset(p, 0, offsetof(struct profile, file));
}
