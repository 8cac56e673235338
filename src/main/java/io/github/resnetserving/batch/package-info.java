/**
 * Bounded queues before something that is faster in batches than one by one.
 *
 * <pre>
 * admit ───► place ───┐
 *                     ▼
 * submit ──► admission ──► queue ──┐
 *              │ Rejected    │     ├──► fair choice ──► worker: cut, run ──► ticket
 * submit ──► admission ──► queue ──┘                               │ Completed, Failed
 *                            │ Expired, Cancelled, ShutDown
 * </pre>
 *
 * <p>Jobs flow in with a deadline each, and where their input takes time to make they are announced
 * before, so that later ones wait behind them; every job's {@link io.github.resnetserving.batch.Ticket}
 * completes exactly once with a {@link io.github.resnetserving.batch.BatchResult}. A {@link
 * io.github.resnetserving.batch.BatchScheduler} owns the threads, and a {@link
 * io.github.resnetserving.batch.BatchQueue} on it the jobs of one function. The package knows
 * nothing of what a job is.
 */
@NullMarked
package io.github.resnetserving.batch;

import org.jspecify.annotations.NullMarked;
