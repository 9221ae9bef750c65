import type { Language } from '../i18n.js'

/** English. */
export const en: Language = {
  tag: 'en',
  title: 'Card details',
  number: 'Card number',
  expiry: 'Expiry date',
  cvc: 'Security code',
  expiryPlaceholder: 'MM / YY',
  cvcPlaceholder: 'CVC',
  errors: {
    incomplete_number: 'Enter the card number.',
    incomplete_expiry: 'Enter the month and year of expiry.',
    incomplete_cvc: 'Enter the security code.',
    network_unreachable: 'The payment service did not answer. Nothing was charged; try again.',
    request_refused: 'The payment service does not accept cards here. Nothing was charged.',
    incorrect_number: 'Check the number: a digit is mistyped.',
    invalid_number: 'This card number is not complete.',
    invalid_expiry_month: 'This month has passed or does not exist.',
    invalid_expiry_year: 'This year has passed or is too far ahead.',
    invalid_cvc: 'This security code is not complete.',
    card_declined: 'This card cannot be used. Check the details or try another card.',
    expired_card: 'This card has expired. Try another card.',
    incorrect_cvc: 'The security code is wrong.',
    processing_error: 'Something went wrong with this card. Try again in a moment.',
  },
}
