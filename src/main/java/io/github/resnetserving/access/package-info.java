/**
 * Who may ask: the text of an {@code Authorization} header, the right that a request needs and
 * where its connection comes from flow in, a decision flows out. Knows neither HTTP nor any other
 * protocol.
 */
@NullMarked
package io.github.resnetserving.access;

import org.jspecify.annotations.NullMarked;
