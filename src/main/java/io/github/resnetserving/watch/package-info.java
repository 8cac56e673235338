/**
 * Whether the stages of the service get on: what their threads do flows in, what stands still flows
 * out, and a stage that never comes back is replaced or ends the process.
 *
 * <pre>
 * decode threads ──┐                           ┌──► readiness: which stages stand
 *                  ├─ Activity ─► StageWatch ──┼──► another decode thread
 * engine workers ──┘  once a second            └──► exit
 * </pre>
 *
 * <p>{@link io.github.resnetserving.watch.Watch} is the entry.
 */
@NullMarked
package io.github.resnetserving.watch;

import org.jspecify.annotations.NullMarked;
