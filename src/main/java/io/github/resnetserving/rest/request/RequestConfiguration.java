package io.github.resnetserving.rest.request;

import io.github.resnetserving.batch.NanoClock;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** What reads requests. Needs beans of {@link RequestLimits} and {@link NanoClock}. */
@Configuration(proxyBeanMethods = false)
@Import(LeaseFilter.class)
public class RequestConfiguration {

  @Bean
  BodyReader bodyReader(RequestLimits limits, NanoClock clock) {
    return new BodyReader(limits, clock);
  }
}
