package io.github.resnetserving.loadgen;

/**
 * What came of one request.
 *
 * @param status 0 where the connection broke
 * @param nanos since the request was meant to come
 * @param sentNanos since it was sent
 */
record LoadResponse(int status, long nanos, long sentNanos) {}
