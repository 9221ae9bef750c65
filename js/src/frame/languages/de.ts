import type { Language } from '../i18n.js'

/** German. */
export const de: Language = {
  tag: 'de',
  title: 'Kartendaten',
  number: 'Kartennummer',
  expiry: 'Gültig bis',
  cvc: 'Prüfnummer',
  expiryPlaceholder: 'MM / JJ',
  cvcPlaceholder: 'CVC',
  errors: {
    incomplete_number: 'Geben Sie die Kartennummer ein.',
    incomplete_expiry: 'Geben Sie Monat und Jahr des Ablaufs ein.',
    incomplete_cvc: 'Geben Sie die Prüfnummer ein.',
    network_unreachable:
      'Der Zahlungsdienst hat nicht geantwortet. Es wurde nichts abgebucht; versuchen Sie es noch einmal.',
    request_refused: 'Der Zahlungsdienst nimmt hier keine Karten an. Es wurde nichts abgebucht.',
    incorrect_number: 'Prüfen Sie die Nummer: Eine Ziffer ist vertippt.',
    invalid_number: 'Diese Kartennummer ist nicht vollständig.',
    invalid_expiry_month: 'Dieser Monat ist vorbei oder es gibt ihn nicht.',
    invalid_expiry_year: 'Dieses Jahr ist vorbei oder zu weit voraus.',
    invalid_cvc: 'Diese Prüfnummer ist nicht vollständig.',
    card_declined:
      'Diese Karte kann nicht verwendet werden. Prüfen Sie die Angaben oder nehmen Sie eine andere Karte.',
    expired_card: 'Diese Karte ist abgelaufen. Nehmen Sie eine andere Karte.',
    incorrect_cvc: 'Die Prüfnummer ist falsch.',
    processing_error: 'Mit dieser Karte ging etwas schief. Versuchen Sie es gleich noch einmal.',
  },
}
