package io.github.resnetserving.rest.problem;

import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** What turns exceptions and the container's errors into problems. */
@Configuration(proxyBeanMethods = false)
@Import({ProblemAdvice.class, ProblemErrorController.class})
public class ProblemConfiguration {}
