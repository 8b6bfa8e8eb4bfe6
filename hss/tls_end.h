/*
 * The end of a TLS connection in freeDiameter, which two threads come to at once.
 *
 * When the peer has closed, the thread that receives calls gnutls_bye, which sends an alert, while
 * another thread may still send answers, or destroys the connection and says goodbye as well.
 * GnuTLS lets one thread send at a time: two write to the same buffer, and one to what the other
 * has freed (AddressSanitizer saw it). freeDiameter 1.2.1 has no setting for it; so libfdcore's
 * calls of gnutls_bye and gnutls_deinit are led to functions of ours: the goodbye of the thread
 * that receives is said when the session is freed, when no other thread has it any more.
 */
#ifndef QUINTET_HSS_TLS_END_H
#define QUINTET_HSS_TLS_END_H

#include <stdbool.h>

/* Before the first connection; once in a process. Returns false if libfdcore does not call
 * gnutls_bye as expected: then TLS works as freeDiameter does it. */
bool tls_end_open(void);

#endif
