/**
 * How good a network is: its answers to labelled images, summed up in numbers and in a report.
 *
 * <pre>
 * labelled images ──► Evaluator ──► Sample ──► Evaluation ──► Report ──► files
 *                                      epochs of a training ─────┘
 * </pre>
 */
@NullMarked
package io.github.resnetserving.evaluation;

import org.jspecify.annotations.NullMarked;
