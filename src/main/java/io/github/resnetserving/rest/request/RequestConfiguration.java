package io.github.resnetserving.rest.request;

import io.github.resnetserving.batch.NanoClock;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** What reads requests, and the limits of all of them. Needs a bean of {@link NanoClock}. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(LimitsProperties.class)
@Import(LeaseFilter.class)
public class RequestConfiguration {

  @Bean
  RequestLimits requestLimits(LimitsProperties limits) {
    return RequestLimits.of(limits);
  }

  @Bean
  BodyReader bodyReader(RequestLimits limits, NanoClock clock) {
    return new BodyReader(limits, clock);
  }
}
