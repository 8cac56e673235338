/**
 * What is wrong with labelled images: files that cannot be read, copies and leaks, odd sizes and
 * colours, uneven classes, and labels that are likely wrong. Nothing is changed.
 */
@NullMarked
package io.github.resnetserving.audit;

import org.jspecify.annotations.NullMarked;
