package io.github.resnetserving.rest.request;

import io.github.resnetserving.inference.Failure;
import jakarta.servlet.http.HttpServletRequest;

/**
 * Images that {@code curl -d @file} sends: as a form, and without the line breaks, which it takes
 * for those of a text. What is left can be no image, and nothing in it says why.
 */
public final class FormBody {

  /** The content type of a form. */
  public static final String TYPE = "application/x-www-form-urlencoded";

  private static final String UNBROKEN = FormBody.class.getName() + ".unbroken";

  private static final String HINT =
      " The body came as a form and has no line break, as if curl -d had sent it, which takes them"
          + " out of files: use --data-binary @FILE or -F image=@FILE.";

  private FormBody() {}

  /** Notes whether a form's body has no line break. */
  public static void note(HttpServletRequest request, byte[] body) {
    for (byte b : body) {
      if (b == '\n' || b == '\r') {
        return;
      }
    }
    request.setAttribute(UNBROKEN, true);
  }

  /** What to add to the detail of a failure; empty for nearly all. */
  public static String hint(Failure failure, HttpServletRequest request) {
    boolean unread =
        failure instanceof Failure.BadImage bad
            && (bad.reason() == Failure.BadImage.Reason.UNREADABLE
                || bad.reason() == Failure.BadImage.Reason.UNSUPPORTED);
    return unread && request.getAttribute(UNBROKEN) != null ? HINT : "";
  }
}
