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

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Where systems keep the certificates that they trust. */
static const char *const system_files[] = {
	"/etc/ssl/certs/ca-certificates.crt", /* Debian, Alpine, OpenWrt */
	"/etc/pki/tls/certs/ca-bundle.crt", /* Fedora, RHEL */
	"/etc/ssl/ca-bundle.pem", /* openSUSE */
	"/etc/ssl/cert.pem", /* Alpine, OpenBSD, FreeBSD */
	"/opt/etc/ssl/certs/ca-certificates.crt", /* Entware */
	"/usr/local/share/certs/ca-root-nss.crt", /* FreeBSD's ports */
	"/etc/openssl/certs/ca-certificates.crt", /* NetBSD */
};

/* --- The file --- */

/* Its certificates are read one after the other, from the first one on. */
static bool rewind_file(struct castore *s, struct err *e)
{
	s->pem = (struct pem){ 0 };
	s->rest = (struct span){ s->chunk, 0 };
	s->unreadable = 0;
	if (lseek(s->file, 0, SEEK_SET) == 0)
		return true;
	return err_set_errno(e, ERR_FILE_READ, s->name, errno);
}

/* The next certificate of the file; false at its end, or with an error. */
static bool read_certificate(struct castore *s, struct span *der, struct err *e)
{
	struct buf out = BUF_OVER(s->der);

	for (;;) {
		enum pem_verdict verdict = pem_feed(&s->pem, &s->rest, &out);
		ssize_t got;

		*der = buf_written(&out);
		if (verdict == PEM_CERTIFICATE)
			return true;
		if (verdict == PEM_BAD)
			s->unreadable++;
		if (s->rest.len > 0)
			continue;
		got = read(s->file, s->chunk, sizeof(s->chunk));
		if (got < 0 && errno != EINTR)
			return err_set_errno(e, ERR_FILE_READ, s->name, errno);
		if (got == 0) {
			if (pem_is_open(&s->pem))
				s->unreadable++;
			return false;
		}
		s->rest = (struct span){ s->chunk, got > 0 ? (size_t)got : 0 };
	}
}

static bool open_file(struct castore *s, const char *path, struct err *e)
{
	struct span first;
	struct stat about;

	s->name = path;
	/* Not to wait where somebody gives a pipe: it is refused anyway. */
	s->file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (s->file < 0)
		return err_set_errno(e, ERR_FILE_OPEN, path, errno);
	/* A device may go on for ever. */
	if (fstat(s->file, &about) == 0 && !S_ISREG(about.st_mode) &&
	    !S_ISDIR(about.st_mode))
		err_set(e, ERR_FILE_ONCE, span_of(path));
	else if (rewind_file(s, e) && read_certificate(s, &first, e))
		return true;
	close(s->file);
	return err_set(e, ERR_NO_CERTIFICATE, span_of(path));
}

bool castore_open(struct castore *s, const char *path, struct err *e)
{
	if (path != NULL && strcmp(path, "builtin") != 0)
		return open_file(s, path, e);
	for (size_t i = 0; path == NULL && i < COUNT(system_files); i++) {
		struct err unusable = { 0 };

		if (open_file(s, system_files[i], &unusable))
			return true;
	}
	s->builtin = true;
	s->file = -1;
	s->name = "the roots inside";
	return true;
}

/* --- The search --- */

bool castore_seek(struct castore *s, struct span issuer, struct span wanted,
                  struct err *e)
{
	s->issuer = issuer;
	s->wanted = wanted;
	s->found = false;
	s->next = 0;
	return s->builtin || rewind_file(s, e);
}

static bool next_in_file(struct castore *s, struct certificate *out,
                         struct err *e)
{
	struct span der;

	while (read_certificate(s, &der, e)) {
		if (span_equal(der, s->wanted))
			s->found = true;
		if (!certificate_read(der, out))
			s->unreadable++;
		else if (name_equal(out->subject, s->issuer))
			return true;
	}
	return false;
}

bool castore_next(struct castore *s, struct certificate *out, struct err *e)
{
	struct buf der = BUF_OVER(s->der);
	struct roots_key key;

	if (!s->builtin)
		return next_in_file(s, out, e);
	if (!roots_find(s->issuer, s->next++, &key))
		return false;
	roots_put_key(&der, &key);
	*out = (struct certificate){ .key = buf_written(&der) };
	return true;
}
