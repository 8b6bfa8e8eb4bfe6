/* What OpenSSL says of the CPU, and what follows for AES and GHASH. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "auc/cpu.h"

static void the_bits_of_each_architecture_decide(void **state)
{
	static const struct {
		const char *settings;
		enum auc_cpu expected;
	} rows[] = {
		/* a Sapphire Rapids, whole and with bits taken away by OPENSSL_ia32cap */
		{"OPENSSL_ia32cap=0xfed83203178bffff:0x18005f42f1bb03a9", AUC_CPU_CONSTANT_TIME},
		{"OPENSSL_ia32cap=0xfcd83203178bffff:0x0 env:~0x200000000000000",
	         AUC_CPU_GCM_TABLES},
		{"OPENSSL_ia32cap=0xfed83201178bffff:0x0 env:~0x200000000", AUC_CPU_GCM_TABLES},
		{"OPENSSL_ia32cap=0xfcd83201178bffff:0x0 env:~0x200000200000000",
	         AUC_CPU_GCM_TABLES},
		{"OPENSSL_ia32cap=0xfcd83001178bffff:0x0 env:~0x200020200000000", AUC_CPU_TABLES},
		{"OPENSSL_ia32cap=0x0:0x0 env:0:0", AUC_CPU_TABLES},
		{"OPENSSL_armcap=0x7d", AUC_CPU_CONSTANT_TIME},
		{"OPENSSL_armcap=0x5", AUC_CPU_GCM_TABLES},
		{"OPENSSL_armcap=0x1", AUC_CPU_GCM_TABLES},
		{"OPENSSL_armcap=0x0", AUC_CPU_TABLES},
		{"OPENSSL_ia32cap=", AUC_CPU_UNKNOWN},
		{"N/A", AUC_CPU_UNKNOWN},
		{"", AUC_CPU_UNKNOWN},
		{NULL, AUC_CPU_UNKNOWN},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(auc_cpu_of(rows[i].settings), rows[i].expected);
	}
}

static void the_running_process_is_asked(void **state)
{
	const char *settings = NULL;
	const enum auc_cpu cpu = auc_cpu(&settings);

	(void)state;
	assert_non_null(settings);
	assert_int_equal(cpu, auc_cpu_of(settings));
}

static void every_verdict_has_words(void **state)
{
	(void)state;
	assert_string_not_equal(auc_cpu_text(AUC_CPU_TABLES), auc_cpu_text(AUC_CPU_GCM_TABLES));
	assert_string_not_equal(auc_cpu_text(AUC_CPU_CONSTANT_TIME), auc_cpu_text(AUC_CPU_UNKNOWN));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_bits_of_each_architecture_decide),
		cmocka_unit_test(the_running_process_is_asked),
		cmocka_unit_test(every_verdict_has_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
