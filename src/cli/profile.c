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

/* False with p->err set; and where there is no file, without. */
static bool read_file(struct profile *p)
{
	const char *name = getenv("LANGSMITH_CONFIG_FILE");
	const char *home = getenv("HOME");
	/* Nobody asked for just this one. */
	bool usual = name == NULL || name[0] == '\0';
	struct buf content = BUF_OVER(p->file);
	BUF_ON_STACK(path, PATH_LEN_MAX);
	struct stat info;
	int file;

	if (usual && (home == NULL || home[0] == '\0'))
		return false;
	if (usual) {
		fmt_put(&path, "%s/.langsmith/config.json%c", home, '\0');
		name = (const char *)path.at;
	}
	if (path.failed)
		return false;
	file = open(name, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	if (file < 0 && usual && (errno == ENOENT || errno == ENOTDIR))
		return false;
	if (file < 0)
		return err_set_errno(p->err, ERR_FILE_OPEN, name, errno);
	/* A pipe might never end. */
	if (fstat(file, &info) != 0 || !S_ISREG(info.st_mode))
		err_set(p->err, ERR_PROFILE_FILE, "it is not a regular file");
	else
		input_read_all(file, &content, name, p->err);
	close(file);
	p->file_len = content.len;
	if (content.len == content.cap)
		err_set(p->err, ERR_PROFILE_FILE,
		        "the file is longer than 64 KiB");
	return p->err->code == ERR_NONE;
}

/* An object that says one thing; null and none are none, without an error. */
static bool find_object(struct profile *p, size_t parent, const char *name,
                        size_t *value)
{
	return json_has(&p->doc, parent, name, value) &&
	       (json_is_unambiguous(&p->doc, *value) ||
	        err_set(p->err, ERR_PROFILE_FILE, name));
}

/* Likewise a string, unescaped into p->values. */
static void read_string(struct profile *p, size_t parent, const char *name,
                        struct span *string)
{
	struct buf out = { .at = p->values + p->values_len,
		           .cap = sizeof(p->values) - p->values_len };
	size_t value;

	if (!json_has(&p->doc, parent, name, &value))
		return;
	if (!json_is_string(&p->doc, value)) {
		err_set(p->err, ERR_PROFILE_FILE, name);
		return;
	}
	/* It has no more bytes than the text that it stands in. */
	json_put_string(&out, &p->doc, value);
	p->values_len += out.len;
	*string = span_trim(buf_written(&out), SPAN_WRAPPING);
}

/* Finds the profile; without an error where there is none, and need not be. */
static bool find_profile(struct profile *p, const char *option, size_t *profile)
{
	const char *variable = options_variable(OPTION_PROFILE);
	struct span asked = span_trim(span_of(variable), SPAN_WRAPPING);
	BUF_ON_STACK(name, PROFILE_NAME_MAX + 1);
	size_t profiles;
	bool wanted;

	if (option != NULL)
		asked = span_of(option);
	else if (variable == NULL)
		read_string(p, 0, "current_profile", &asked);
	wanted = option != NULL || asked.len > 0;
	if (!wanted)
		asked = SPAN("default");
	fmt_put(&name, "%.*s%c", FMT_SPAN(asked), '\0');
	if (!name.failed && find_object(p, 0, "profiles", &profiles) &&
	    find_object(p, profiles, (const char *)name.at, profile))
		return true;
	if (wanted)
		err_set_span(p->err, ERR_PROFILE,
		             key_is_in(asked) ? SPAN("of that name") : asked);
	return false;
}

bool profile_read(struct profile *p, const char *name, struct err *e)
{
	size_t profile, oauth, expiry;

	p->err = e;
	if (!read_file(p)) {
		if (name != NULL)
			err_set(e, ERR_PROFILE, name);
		return e->code == ERR_NONE;
	}
	if (json_parse(&p->doc, (struct span){ p->file, p->file_len },
	               p->tokens, PROFILES_TOKENS_MAX) != JSON_DONE ||
	    !json_is_unambiguous(&p->doc, 0))
		return err_set(e, ERR_PROFILE_FILE,
		               "the file is not a JSON object");
	if (!find_profile(p, name, &profile))
		return e->code == ERR_NONE;
	read_string(p, profile, "api_url", &p->api_url);
	read_string(p, profile, "api_key", &p->api_key);
	read_string(p, profile, "workspace_id", &p->workspace);
	if (!find_object(p, profile, "oauth", &oauth))
		return e->code == ERR_NONE;
	read_string(p, oauth, "access_token", &p->access_token);
	if (json_has(&p->doc, oauth, "expires_at", &expiry) &&
	    json_is_string(&p->doc, expiry))
		read_string(p, oauth, "expires_at", &p->expires_at);
	return e->code == ERR_NONE;
}

void profile_wipe(struct profile *p)
{
	explicit_bzero(p->file, p->file_len);
	explicit_bzero(p->values, p->values_len);
	p->file_len = p->values_len = 0;
	p->api_url = p->api_key = p->workspace = p->access_token =
		p->expires_at = (struct span){ NULL, 0 };
}
