/*
 * freeDiameter's message hooks. Its default ones print whole messages, CK, IK and XRES of an MAA
 * among them, when a message is dropped or at a verbose log level; and they format text for each
 * message even when nothing is printed. Ours print one line without content where a human wants
 * one, and complete the errors that the library answers by itself.
 */
#ifndef QUINTET_HSS_HOOKS_H
#define QUINTET_HSS_HOOKS_H

#include "hss/err.h"

struct fd_hook_data_hdl;

/* Register and remove the hooks; data is flow_open's. HSS_ERR_MEMORY. */
HSS_MUST_CHECK enum hss_err hooks_open(struct fd_hook_data_hdl *data);
void hooks_close(void);

#endif
