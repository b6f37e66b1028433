/* SPDX-License-Identifier: MIT */
/* Tests of cli/output: text in pieces, and what cannot be written. */
#include "cli/output.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "unit.h"

#define LONG (3 * REPORT_CHUNK + 7)

static void all_of_it_is_written_in_order(void **state)
{
	static uint8_t got[LONG + 1];
	static const size_t lengths[] = {
		0, 1, REPORT_CHUNK - 1, REPORT_CHUNK, REPORT_CHUNK + 1, LONG
	};

	(void)state;
	for (size_t i = 0; i < COUNT(lengths); i++) {
		struct output out;
		int ends[2];

		assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
		output_begin(&out, ends[1]);
		for (size_t k = 0; k < lengths[i]; k++)
			buf_byte(&out.buf, (uint8_t)(k % 251));
		assert_true(output_end(&out));
		close(ends[1]);
		assert_int_equal(read(ends[0], got, sizeof(got)), lengths[i]);
		for (size_t k = 0; k < lengths[i]; k++)
			assert_int_equal(got[k], k % 251);
		close(ends[0]);
	}
}

/* The errno is that of the write, whatever has been called since. */
static void what_failed_stays_failed(void **state)
{
	int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
	struct output out;

	(void)state;
	assert_true(full >= 0);
	output_begin(&out, full);
	for (size_t k = 0; k < LONG; k++)
		buf_byte(&out.buf, 'x');
	assert_true(out.buf.failed);
	errno = 0;
	assert_false(output_end(&out));
	assert_int_equal(errno, ENOSPC);
	/* With the last piece, too. */
	output_begin(&out, full);
	buf_byte(&out.buf, 'x');
	assert_false(output_end(&out));
	assert_int_equal(errno, ENOSPC);
	close(full);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_of_it_is_written_in_order),
		cmocka_unit_test(what_failed_stays_failed),
	};

	alarm(60); /* whatever happens */
	return cmocka_run_group_tests_name("cli/output", tests, NULL, NULL);
}
