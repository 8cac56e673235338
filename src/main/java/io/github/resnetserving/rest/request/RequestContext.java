package io.github.resnetserving.rest.request;

import jakarta.servlet.ServletRequest;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a request from its headers on.
 *
 * @param id finds it in the log
 * @param arrivalNanos when its headers had arrived, a reading of {@link System#nanoTime()}
 */
public record RequestContext(String id, long arrivalNanos) {

  /** The header with the id. */
  public static final String HEADER = "X-Request-Id";

  private static final String ATTRIBUTE = RequestContext.class.getName();

  private static final String REFUSAL = RequestContext.class.getName() + ".refusal";

  /** No spaces, quotes or line ends: the id goes into headers and logs. */
  private static final Pattern WELL_FORMED = Pattern.compile("[A-Za-z0-9._:-]{1,128}");

  /** Takes the client's id if it is well-formed. */
  public static RequestContext begin(@Nullable String givenId) {
    String id =
        givenId != null && WELL_FORMED.matcher(givenId).matches()
            ? givenId
            : UUID.randomUUID().toString();
    return new RequestContext(id, System.nanoTime());
  }

  /** The request's context; a new one where no filter has run. */
  public static RequestContext of(ServletRequest request) {
    if (request.getAttribute(ATTRIBUTE) instanceof RequestContext context) {
      return context;
    }
    RequestContext context = begin(null);
    context.attachTo(request);
    return context;
  }

  public void attachTo(ServletRequest request) {
    request.setAttribute(ATTRIBUTE, this);
  }

  /** Notes why a request is refused, for the log. */
  public static void refused(ServletRequest request, String detail) {
    request.setAttribute(REFUSAL, detail);
  }

  /** Why the request was refused, in one line; empty if nobody has said so. */
  public static Optional<String> refusal(ServletRequest request) {
    return request.getAttribute(REFUSAL) instanceof String detail
        ? Optional.of(detail.replaceAll("\\p{Cntrl}+", " "))
        : Optional.empty();
  }
}
