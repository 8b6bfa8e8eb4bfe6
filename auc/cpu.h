/*
 * Does OpenSSL run AES and GHASH on this CPU without tables? Milenage and the seals of keys are
 * constant-time only then: a table is read at an index that depends on the key, and caches tell.
 *
 *                  Milenage, AES-128-ECB     seals, AES-256-GCM
 *   x86-64         AES, or SSSE3 (vpaes)     AES and PCLMULQDQ
 *   arm64          AES, or NEON (vpaes)      AES and PMULL
 */
#ifndef AUC_CPU_H
#define AUC_CPU_H

enum auc_cpu {
	AUC_CPU_CONSTANT_TIME, /* neither uses tables */
	AUC_CPU_GCM_TABLES,    /* the seals do, Milenage does not */
	AUC_CPU_TABLES,        /* both do */
	AUC_CPU_UNKNOWN,       /* OpenSSL does not say what it uses here */
};

/*
 * From the text of OPENSSL_info(OPENSSL_INFO_CPU_SETTINGS), which shows the capabilities as OpenSSL
 * uses them, after what OPENSSL_ia32cap of the environment took away. NULL is allowed. Pure.
 */
enum auc_cpu auc_cpu_of(const char *settings);

/*
 * The same of the running process.
 *
 *   settings  receives that text, static; never NULL
 *
 * Any thread may call it.
 */
enum auc_cpu auc_cpu(const char **settings);

/* A sentence about it, for a log line. Never NULL; static. */
const char *auc_cpu_text(enum auc_cpu cpu);

#endif
