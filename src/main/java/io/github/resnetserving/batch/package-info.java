/**
 * A bounded queue before something that is faster in batches than one by one.
 *
 * <pre>
 * submit ──► admission ──► queue ──► worker: open, fill, run ──► ticket
 *              │ Rejected    │ Expired, Cancelled     │ Completed, Failed
 * </pre>
 *
 * <p>Jobs flow in with a deadline each; every job's {@link io.github.resnetserving.batch.Ticket}
 * completes exactly once with a {@link io.github.resnetserving.batch.BatchResult}. The package
 * knows nothing of what a job is.
 */
@NullMarked
package io.github.resnetserving.batch;

import org.jspecify.annotations.NullMarked;
