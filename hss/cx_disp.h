/*
 * Dispatch of Cx requests: freeDiameter's callbacks decode and queue, the worker serves, the sender
 * encodes and sends. What a peer may not send is refused here (hss/access.h). A message has one
 * owner at a time: the callback, then the job, then freeDiameter again. In an SLF the callbacks
 * answer themselves: looking up takes no longer than queueing.
 */
#ifndef QUINTET_HSS_CX_DISP_H
#define QUINTET_HSS_CX_DISP_H

#include "hss/access.h"
#include "hss/err.h"
#include "hss/slf.h"
#include "hss/worker.h"

/*
 * Announce the Cx application and register the callbacks. One instance a process.
 *
 *   worker, slf  who serves: one of them, the other is NULL. Kept by reference; must outlive
 *           cx_disp_close, as must the sender
 *   access  what each peer may do, kept likewise
 *   missing receives, on error, the name of what the dictionary has not
 *
 * Returns HSS_OK, HSS_ERR_NOT_FOUND (dict_cx.fdx is not loaded), HSS_ERR_MEMORY.
 */
HSS_MUST_CHECK enum hss_err cx_disp_open(struct worker *worker, const struct slf *slf,
                                         struct access *access, const char **missing);

/* Take no more requests. Jobs under way still end in done. */
void cx_disp_close(void);

#endif
