package io.fdwork.internal.actuate;

import java.io.IOException;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.web.filter.OncePerRequestFilter;
import org.springframework.web.util.ServletRequestPathUtils;

/**
 * The {@link BrowserRules} of a management server with servlets.
 */
public final class ServletBrowserFilter extends OncePerRequestFilter {

	private final BrowserRules rules;

	/**
	 * Create a filter.
	 * @param rules what it applies
	 */
	public ServletBrowserFilter(BrowserRules rules) {
		this.rules = rules;
	}

	@Override
	protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
			throws ServletException, IOException {
		if (this.rules.applyTo(ServletRequestPathUtils.parse(request).pathWithinApplication())) {
			this.rules.headers(response::setHeader);
			byte[] refusal = this.rules.refusal(request.getMethod(), request.getHeader(HttpHeaders.ORIGIN),
					request.getContentType(), request.getHeader(HttpHeaders.HOST));
			if (refusal != null) {
				response.setStatus(HttpServletResponse.SC_FORBIDDEN);
				response.setContentType(MediaType.APPLICATION_JSON_VALUE);
				response.getOutputStream().write(refusal);
				return;
			}
		}
		chain.doFilter(request, response);
	}

}
