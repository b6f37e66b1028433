/* SPDX-License-Identifier: MIT */
/* The file of --audit: what was sent and how it ended, on disk at once. */
#include "cli/audit.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/fmt.h"
#include "cli/report.h"

/* Whether the file ends without a newline, as far as that can be seen. */
static bool is_torn(const char *path, int file)
{
	struct stat about;
	uint8_t last = '\n';
	int reader;

	if (fstat(file, &about) != 0 || !S_ISREG(about.st_mode) ||
	    about.st_size == 0)
		return false;
	reader = open(path, O_RDONLY | O_NONBLOCK);
	if (pread(reader, &last, 1, about.st_size - 1) != 1)
		last = '\n';
	if (reader >= 0)
		close(reader);
	return last != '\n';
}

bool audit_open(struct audit *a, const char *path, struct err *e)
{
	a->path = path;
	if (path == NULL)
		return true;
	/* A pipe without a reader would be waited for. */
	a->file = open(path,
	               O_WRONLY | O_APPEND | O_CREAT | O_NOCTTY | O_NONBLOCK,
	               0600);
	if (a->file < 0)
		return err_set_errno(e, ERR_FILE_OPEN, path, errno);
	a->torn = is_torn(path, a->file);
	return true;
}

/* A pipe or a device has no disk to be on. */
static bool sync_file(int file)
{
	while (fsync(file) != 0)
		if (errno != EINTR)
			return errno == EINVAL || errno == ENOTSUP ||
			       errno == EROFS;
	return true;
}

bool audit_note(struct audit *a, const struct target *t, const struct result *r,
                struct err *e)
{
	/* A byte of the short key takes at most six. */
	BUF_ON_STACK(line, 256 + SHORT_KEY_MAX * 6);

	if (a->path == NULL)
		return true;
	buf_text(&line, a->torn ? "\n{\"time\":\"" : "{\"time\":\"");
	fmt_time(&line, (int64_t)time(NULL));
	buf_text(&line, "\",");
	report_put_json_head(&line, "id", t, r);
	buf_text(&line, "}\n");
	a->torn = !output_write(a->file, buf_written(&line));
	return (!a->torn && sync_file(a->file)) ||
	       err_set_errno(e, ERR_FILE_WRITE, a->path, errno);
}
