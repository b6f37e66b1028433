/* SPDX-License-Identifier: MIT */
/* The certificates that are trusted: of a file, or the roots inside. */
#include "net/castore.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/roots.h"
#include "wire/name.h"

/* Where systems keep the certificates that they trust. */
static const char system_files[] =
	"/etc/ssl/certs/ca-certificates.crt\0" /* Debian, Alpine, OpenWrt */
	"/etc/pki/tls/certs/ca-bundle.crt\0" /* Fedora, RHEL */
	"/etc/ssl/ca-bundle.pem\0" /* openSUSE */
	"/etc/ssl/cert.pem\0" /* Alpine, OpenBSD, FreeBSD */
	"/opt/etc/ssl/certs/ca-certificates.crt\0" /* Entware */
	"/usr/local/share/certs/ca-root-nss.crt\0" /* FreeBSD's ports */
	"/etc/openssl/certs/ca-certificates.crt\0"; /* NetBSD */

/* --- The file --- */

/* What comes next is read from this byte on, out of the chunk if that has it. */
static void go_to(struct castore *s, off_t at)
{
	s->pem = (struct pem){ 0 };
	s->rest = SPAN("");
	if (at >= s->chunk_at && at < s->read_to)
		s->rest = (struct span){ s->chunk + (at - s->chunk_at),
			                 (size_t)(s->read_to - at) };
	else
		s->chunk_at = s->read_to = at;
}

/* Where the next byte of the rest is. */
static off_t place(const struct castore *s)
{
	return s->read_to - (off_t)s->rest.len;
}

/* The next chunk; false at the end, or with an error. */
static bool read_chunk(struct castore *s, struct err *e)
{
	ssize_t got;

	/* What grows is as long as it was; what has no size is read on. */
	if (s->size > 0 && s->read_to >= s->size)
		return false;
	if (!wait_not_over(s->deadline, e))
		return false;
	do
		got = pread(s->file, s->chunk, sizeof(s->chunk), s->read_to);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return err_set_errno(e, ERR_FILE_READ, s->name, errno);
	s->rest = (struct span){ s->chunk, (size_t)got };
	s->chunk_at = s->read_to;
	s->read_to += got;
	return got > 0;
}

/* The next certificate of the file; false at its end, or with an error. */
static bool read_certificate(struct castore *s, struct span *der, struct err *e)
{
	struct buf out = BUF_OVER(s->der);

	for (;;) {
		enum pem_verdict verdict = pem_feed(&s->pem, &s->rest, &out);

		*der = buf_written(&out);
		if (verdict == PEM_CERTIFICATE)
			return true;
		if (verdict == PEM_BAD)
			s->unreadable++;
		if (s->rest.len > 0 || read_chunk(s, e))
			continue;
		if (s->pem.inside)
			s->unreadable++;
		return false;
	}
}

static bool open_file(struct castore *s, const char *path, struct err *e)
{
	struct span first;
	struct stat about;

	s->name = path;
	/* Not to wait where somebody gives a pipe: it is refused anyway. */
	s->file = open(path, O_RDONLY | O_NONBLOCK);
	if (s->file < 0)
		return err_set_errno(e, ERR_FILE_OPEN, path, errno);
	s->size = 0;
	s->read_to = 0;
	go_to(s, 0);
	s->deadline = deadline_never();
	/* A device may go on for ever. */
	if (fstat(s->file, &about) == 0) {
		s->size = about.st_size;
		if (!S_ISREG(about.st_mode) && !S_ISDIR(about.st_mode))
			err_set(e, ERR_FILE_ONCE, path);
	}
	if (e->code == ERR_NONE && read_certificate(s, &first, e))
		return true;
	close(s->file);
	return err_set(e, ERR_NO_CERTIFICATE, path);
}

bool castore_open(struct castore *s, const char *path, struct err *e)
{
	if (path != NULL && strcmp(path, "builtin") != 0)
		return open_file(s, path, e);
	for (const char *at = system_files; path == NULL && *at != '\0';
	     at = span_nth(at, 1)) {
		struct err unusable = { 0 };

		if (open_file(s, at, &unusable))
			return true;
	}
	s->builtin = true;
	s->file = -1;
	s->name = "the roots inside";
	return true;
}

/* --- The search --- */

static bool is_wanted(const struct castore_wish *wish, struct span name)
{
	for (size_t i = 0; i < wish->count; i++)
		if (name_equal(wish->issuers[i], name))
			return true;
	return false;
}

bool castore_scan(struct castore *s, const struct castore_wish *wish,
                  struct err *e)
{
	struct certificate c;
	struct span der;

	s->listed = false;
	s->spots = 0;
	s->unreadable = 0;
	if (s->builtin)
		return true;
	go_to(s, 0);
	for (off_t at = 0; read_certificate(s, &der, e); at = place(s)) {
		if (span_equal(der, wish->certificate))
			s->listed = true;
		if (!certificate_read(der, &c))
			s->unreadable++;
		else if (is_wanted(wish, c.subject) && s->spots < ANCHORS_MAX)
			s->spot[s->spots++] = at;
	}
	return e->code == ERR_NONE;
}

void castore_seek(struct castore *s, struct span issuer)
{
	s->issuer = issuer;
	s->next = 0;
}

/* The next spot, if the name is still there: it may be another's. */
static bool next_in_file(struct castore *s, struct certificate *out,
                         struct err *e)
{
	const unsigned unreadable = s->unreadable; /* all are counted */
	bool found = false;

	while (!found && s->next < s->spots && e->code == ERR_NONE) {
		struct span der;

		go_to(s, s->spot[s->next++]);
		found = read_certificate(s, &der, e) &&
		        certificate_read(der, out) &&
		        name_equal(out->subject, s->issuer);
	}
	s->unreadable = unreadable;
	return found;
}

bool castore_next(struct castore *s, struct certificate *out, struct err *e)
{
	struct buf der = BUF_OVER(s->der);
	struct span key;

	if (!s->builtin)
		return next_in_file(s, out, e);
	if (!roots_find(s->issuer, s->next++, &key))
		return false;
	roots_put_key(&der, key);
	*out = (struct certificate){ .key = buf_written(&der) };
	return true;
}
