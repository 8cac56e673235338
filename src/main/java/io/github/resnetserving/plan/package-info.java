/**
 * What a plan is, however it is computed: images flow in, logits, features and intermediate outputs
 * flow out of a {@link io.github.resnetserving.plan.Plan}. {@link
 * io.github.resnetserving.plan.PlanKind} and {@link io.github.resnetserving.plan.Target} say which
 * plans there are.
 *
 * <p>The packages below lower a graph to plans: {@code plan.torchscript} to a program that libtorch
 * interprets, {@code plan.onednn} to calls of oneDNN's primitives.
 */
@NullMarked
package io.github.resnetserving.plan;

import org.jspecify.annotations.NullMarked;
