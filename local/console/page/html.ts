// Markup without a compiler: htm's tagged templates make preact's elements.
export { html } from 'htm/preact';
