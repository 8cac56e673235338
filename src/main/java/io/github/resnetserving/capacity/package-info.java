/**
 * How many requests a process answers how quickly, and how many processes that takes: measured
 * times of one machine in, a table of loads and values for the chart out.
 *
 * <pre>
 * figures.json ──► Figures ──► ProcessModel ──► ProcessSimulation ──► LoadPoint ──► CapacityPlan
 *                                (queues, batches and admission are the service's own)
 * </pre>
 */
@NullMarked
package io.github.resnetserving.capacity;

import org.jspecify.annotations.NullMarked;
