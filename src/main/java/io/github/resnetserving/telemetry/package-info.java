/**
 * What the other packages announce flows in; Micrometer meters, spans and health flow out.
 *
 * <p>Every meter is declared once, in the class that feeds it. {@link
 * io.github.resnetserving.telemetry.ServingMetrics} says how those of requests and images relate,
 * {@link io.github.resnetserving.telemetry.BudgetMetrics} those of memory in flight, {@link
 * io.github.resnetserving.telemetry.SandboxMetrics} those of decoder processes.
 */
@NullMarked
package io.github.resnetserving.telemetry;

import org.jspecify.annotations.NullMarked;
