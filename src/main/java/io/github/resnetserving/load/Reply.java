package io.github.resnetserving.load;

/**
 * What came of one request.
 *
 * @param status 0 where the connection broke
 * @param nanos since the request was meant to come
 * @param sentNanos since it was sent
 */
record Reply(int status, long nanos, long sentNanos) {}
