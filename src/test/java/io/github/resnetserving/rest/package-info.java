/** Tests of the HTTP front door that need no server. */
@NullMarked
package io.github.resnetserving.rest;

import org.jspecify.annotations.NullMarked;
