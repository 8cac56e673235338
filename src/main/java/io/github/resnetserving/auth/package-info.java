/**
 * Who may ask: the text of an {@code Authorization} header, the right that a request needs and
 * where its connection comes from flow in, a decision flows out. What decides knows neither HTTP
 * nor any other protocol; the configuration and the key for administration are wired by Spring.
 */
@NullMarked
package io.github.resnetserving.auth;

import org.jspecify.annotations.NullMarked;
