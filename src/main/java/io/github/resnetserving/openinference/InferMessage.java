package io.github.resnetserving.openinference;

import io.github.resnetserving.inference.Budget;

/**
 * A request for inference as it came over gRPC.
 *
 * @param id the request's id, which the answer repeats; empty if there is none
 * @param lease what the request holds of the budget of bodies, until its call ends
 */
record InferMessage(String id, InferenceCall call, Budget.Lease lease) {}
