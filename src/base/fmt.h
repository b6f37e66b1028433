/* SPDX-License-Identifier: MIT */
/* Integers, times and text made printable, into a buf; no stdio. */
#ifndef BASE_FMT_H
#define BASE_FMT_H

#include <stdarg.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * Text with values in it, as printf(3) has it: %s, %c, %u, %lu; and %.*s with
 * FMT_SPAN, of which all bytes are written. It knows nothing else.
 */
void fmt_put(struct buf *out, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void fmt_put_list(struct buf *out, const char *format, va_list values);

#define FMT_SPAN(span) (int)(span).len, (const char *)(span).at

/* What utf8_next gives for a byte that begins no valid sequence. */
#define UTF8_INVALID UINT32_C(0xffffffff)

/*
 * The next code point of s, which must not be empty, and moves s behind it.
 * UTF8_INVALID, one byte further, for anything that is not UTF-8 (RFC 3629:
 * overlong forms, surrogates and what lies above U+10FFFF among it).
 */
uint32_t utf8_next(struct span *s);

/* The UTF-8 form of a code point that is no surrogate. */
void utf8_put(struct buf *out, uint32_t code_point);

void fmt_uint(struct buf *out, uint64_t value);

/* Lower-case hexadecimal, at least `digits` (1 to 8) of them. */
void fmt_hex(struct buf *out, uint32_t value, int digits);

/* Seconds since 1970 as RFC 3339 writes them: 2026-11-23T10:00:00Z. */
void fmt_time(struct buf *out, int64_t seconds);

/* The date alone: 2026-11-23. */
void fmt_date(struct buf *out, int64_t seconds);

/* An IPv4 (4 bytes) or IPv6 (16 bytes) address; RFC 5952 section 4. */
void fmt_address(struct buf *out, struct span address);

/*
 * A code point for a person's terminal: as it is where it is visible; else as
 * \u{202e}. That is so for C0 and C1 controls, DEL, line separators, bidi
 * marks and overrides, zero-width and other invisible format characters.
 */
void fmt_printable_char(struct buf *out, uint32_t code_point);

/*
 * The columns of a terminal that a visible code point takes: 2 where it may be
 * a wide one (Unicode TR 11), else 1; so what is measured by it never takes
 * more.
 */
unsigned fmt_columns(uint32_t code_point);

/* Bytes from the network, made printable likewise; a byte that is no UTF-8 is \x{ff}. */
void fmt_printable(struct buf *out, struct span text);

/* A code point inside a JSON string, in ASCII (RFC 8259 section 7). */
void fmt_json_char(struct buf *out, uint32_t code_point);

/* Text as a JSON string, quotes too; what is no UTF-8 becomes U+FFFD. */
void fmt_json_string(struct buf *out, struct span text);

#endif
