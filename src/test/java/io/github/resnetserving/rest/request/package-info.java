@NullMarked
package io.github.resnetserving.rest.request;

import org.jspecify.annotations.NullMarked;
